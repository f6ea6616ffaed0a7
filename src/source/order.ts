/**
 * Puts events into the order of the kernel's clock.
 *
 *   CPU 0  ──e────e──e───P┈┈┈┈┈┈┈┈     e event, P pulse: the newest word of each CPU
 *   CPU 1  ────e──P┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈
 *                 ▲ up to here nothing can come any more: these go
 *
 * bpftrace reads one buffer per CPU, one after the other, and 0.17 stays with one as long as it fills: each CPU's events
 * arrive in order, the CPUs against each other apart by seconds under load. So every CPU prints a pulse five times a second
 * (probes/), and an event goes once every CPU has told something later. A CPU that falls silent is waited for as long
 * as another may be filling its buffer, then given up; what it still tells after that is late, and counted.
 *
 * An idle CPU need not pulse: that bpftrace is ahead of all buffers is seen by the pauses it makes, too (turns.ts).
 *
 * A CPU that never pulses (it came online after the probes, or the lines are of a script without pulses) cannot be told
 * from an idle one: it is waited for while it has spoken within a second.
 */
import { Turns } from "./turns.ts";

export type Stamped = { readonly cpu: number; readonly ns: number };

/**
 * Of the stream's time. On a machine with six times more to do than it has CPUs, 14 s were seen in which bpftrace did not
 * leave one buffer; a CPU that goes offline delays everything by this much, once.
 */
const PATIENCE_NS = 30_000_000_000;
const PATIENCE_WITHOUT_PULSE_NS = 1_000_000_000;
/** Whoever interrupts a probe between reading the clock and printing may overtake it by this much. */
const NESTED_NS = 10_000_000;
/** Bounds memory: about 100 MB of decoded tuples. Beyond it they go, in the order there is. */
const PENDING_MAX = 400_000;
/** A queue forgets what has left it when that is more than this and more than half. */
const COMPACT_AT = 4_096;

/** One CPU's events, in order: an event that comes late moves back to its place, which is near. */
class Queue<T extends Stamped> {
  /** The CPU's newest word, event or pulse; null when it is not waited for. */
  heardNs: number | null = null;
  pulses = false;
  #sinceNs = 0;
  #items: T[] = [];
  #head = 0;

  heard(ns: number): void {
    if (this.heardNs === null) this.#sinceNs = ns;
    if (this.heardNs === null || ns > this.heardNs) this.heardNs = ns;
  }

  /** Until when its events are complete; null when nobody waits for it (any more). */
  completeNs(newestNs: number, othersPulse: boolean): number | null {
    if (this.heardNs === null) return null;
    // Its first lines may be read before its first pulse, and far behind the others'.
    const mayPulse = this.pulses || (othersPulse && this.heardNs - this.#sinceNs < PATIENCE_WITHOUT_PULSE_NS);
    if (this.heardNs < newestNs - (mayPulse ? PATIENCE_NS : PATIENCE_WITHOUT_PULSE_NS)) {
      this.heardNs = null;
      this.pulses = false;
    }
    return this.heardNs;
  }

  push(item: T): void {
    const items = this.#items;
    let at = items.length;
    while (at > this.#head && (items[at - 1] as T).ns > item.ns) at--;
    if (at === items.length) items.push(item);
    else items.splice(at, 0, item);
  }

  /** Moves the events up to `untilNs` into `out`. */
  takeUntil(untilNs: number, out: T[]): void {
    const items = this.#items;
    let head = this.#head;
    for (let item = items[head]; item !== undefined && item.ns <= untilNs; item = items[++head]) out.push(item);
    this.#head = head;
    if (head > COMPACT_AT && head > items.length / 2) {
      this.#items = items.slice(head);
      this.#head = 0;
    }
  }
}

export class Order<T extends Stamped> {
  readonly #cpus: number;
  readonly #queues = new Map<number, Queue<T>>();
  #turns = new Turns();
  #pulsing = false;
  #pending = 0;
  #firstNs = Number.POSITIVE_INFINITY;
  #newestNs = 0;
  #releasedNs = 0;
  #late = 0;

  /** `cpus`: how many there are to hear of; where they pulse, none goes before the first word of each. */
  constructor(cpus: number) {
    this.#cpus = cpus;
  }

  push(item: T): void {
    this.#hear(item).push(item);
    if (item.ns < this.#releasedNs) this.#late++;
    this.#pending++;
  }

  /** A CPU says that all its events up to now have been told. */
  pulse(at: Stamped): void {
    this.#hear(at).pulses = true;
    this.#pulsing = true;
  }

  /** Those that nothing earlier can follow any more, oldest first. What was pushed since the last time arrived at `nowNs`. */
  release(nowNs = Number.POSITIVE_INFINITY): T[] {
    this.#turns.chunk(nowNs);
    if (this.#pending > PENDING_MAX) return this.#take(Number.POSITIVE_INFINITY);
    return this.#take(Math.max(this.#toldNs(), this.#turns.completeNs) - NESTED_NS);
  }

  /** Until when every CPU that is waited for has told all. */
  #toldNs(): number {
    if (this.#isFirstWordDue()) return Number.NEGATIVE_INFINITY;
    let untilNs = this.#newestNs;
    for (const queue of this.#queues.values()) {
      const completeNs = queue.completeNs(this.#newestNs, this.#pulsing);
      if (completeNs !== null && completeNs < untilNs) untilNs = completeNs;
    }
    return untilNs;
  }

  /** All of them, oldest first: bpftrace has ended, and all it printed has been pushed. The next one begins anew. */
  flush(): T[] {
    const out = this.#take(Number.POSITIVE_INFINITY);
    this.#queues.clear();
    this.#turns = new Turns();
    this.#pulsing = false;
    this.#firstNs = Number.POSITIVE_INFINITY;
    return out;
  }

  get pending(): number {
    return this.#pending;
  }

  /** How many have come too late for their place since last asked. */
  takeLate(): number {
    const late = this.#late;
    this.#late = 0;
    return late;
  }

  #isFirstWordDue(): boolean {
    return this.#pulsing && this.#queues.size < this.#cpus && this.#newestNs < this.#firstNs + PATIENCE_NS;
  }

  #take(untilNs: number): T[] {
    const out: T[] = [];
    for (const queue of this.#queues.values()) queue.takeUntil(untilNs, out);
    // Stable, and quick on a few sorted runs: events of one nanosecond keep the order of their CPU.
    out.sort((a, b) => a.ns - b.ns);
    this.#pending -= out.length;
    this.#releasedNs = Math.max(this.#releasedNs, out.at(-1)?.ns ?? 0);
    return out;
  }

  #hear({ cpu, ns }: Stamped): Queue<T> {
    let queue = this.#queues.get(cpu);
    if (queue === undefined) {
      queue = new Queue();
      this.#queues.set(cpu, queue);
    }
    queue.heard(ns);
    this.#turns.line(ns);
    if (ns > this.#newestNs) this.#newestNs = ns;
    if (ns < this.#firstNs) this.#firstNs = ns;
    return queue;
  }
}
