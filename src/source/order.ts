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
/** Bounds memory: about 100 MB of tuples and their lines. Beyond it they go, in the order there is. */
const PENDING_MAX = 400_000;
/** Released at a time: 30 ms of work for whoever takes them, in which nobody else gets a turn. */
export const RELEASE_MAX = 16_384;
/** Not null: a field that is sometimes null makes an object of every number (as in model/endpoint.ts). */
const UNHEARD = Number.NEGATIVE_INFINITY;
/** Places for a CPU's events at first; twice as many whenever they do not suffice. */
const RING_MIN = 64;

/** One CPU's events, in order: an event that comes late moves back to its place, which is near. A ring, so that it lies still. */
class Queue<T extends Stamped> {
  /** The CPU's newest word, event or pulse; UNHEARD when it is not waited for. */
  #heardNs = UNHEARD;
  pulses = false;
  #sinceNs = 0;
  /** As many places as a power of two. */
  #ring: (T | undefined)[] = new Array(RING_MIN).fill(undefined);
  /** Counts of those that have ever left and come. */
  #left = 0;
  #came = 0;

  heard(ns: number): void {
    if (this.#heardNs === UNHEARD) this.#sinceNs = ns;
    if (ns > this.#heardNs) this.#heardNs = ns;
  }

  /** Until when its events are complete: Infinity when nobody waits for it (any more). */
  completeNs(newestNs: number, othersPulse: boolean): number {
    // Its first lines may be read before its first pulse, and far behind the others'.
    const mayPulse = this.pulses || (othersPulse && this.#heardNs - this.#sinceNs < PATIENCE_WITHOUT_PULSE_NS);
    if (this.#heardNs < newestNs - (mayPulse ? PATIENCE_NS : PATIENCE_WITHOUT_PULSE_NS)) {
      this.#heardNs = UNHEARD;
      this.pulses = false;
    }
    return this.#heardNs === UNHEARD ? Number.POSITIVE_INFINITY : this.#heardNs;
  }

  push(item: T): void {
    if (this.#came - this.#left === this.#ring.length) this.#grow();
    const ring = this.#ring;
    const mask = ring.length - 1;
    let at = this.#came++;
    for (; at > this.#left; at--) {
      const before = ring[(at - 1) & mask] as T;
      if (before.ns <= item.ns) break;
      ring[at & mask] = before;
    }
    ring[at & mask] = item;
  }

  /** Of the first event waiting; Infinity where none does. */
  get headNs(): number {
    const head = this.#ring[this.#left & (this.#ring.length - 1)];
    return head === undefined ? Number.POSITIVE_INFINITY : head.ns;
  }

  /** Moves the first event into `out`, and what follows it before `untilNs`, until `out` is full. */
  takeRun(untilNs: number, out: T[], most: number): void {
    const ring = this.#ring;
    const mask = ring.length - 1;
    let item = ring[this.#left & mask];
    do {
      out.push(item as T);
      ring[this.#left++ & mask] = undefined;
      item = ring[this.#left & mask];
    } while (item !== undefined && item.ns < untilNs && out.length < most);
  }

  #grow(): void {
    const ring = this.#ring;
    const first = this.#left & (ring.length - 1);
    this.#ring = [...ring.slice(first), ...ring.slice(0, first), ...new Array(ring.length).fill(undefined)];
    this.#came -= this.#left;
    this.#left = 0;
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

  /** Those that nothing earlier can follow any more, oldest first, RELEASE_MAX at most: the rest the next time. What was pushed since the last time arrived at `nowNs`. */
  release(nowNs = Number.POSITIVE_INFINITY): T[] {
    this.#turns.chunk(nowNs);
    if (this.#pending > PENDING_MAX) return this.#take(Number.POSITIVE_INFINITY, RELEASE_MAX);
    return this.#take(Math.max(this.#toldNs(), this.#turns.completeNs) - NESTED_NS, RELEASE_MAX);
  }

  /** Until when every CPU that is waited for has told all. */
  #toldNs(): number {
    if (this.#isFirstWordDue()) return Number.NEGATIVE_INFINITY;
    let untilNs = this.#newestNs;
    for (const queue of this.#queues.values()) {
      untilNs = Math.min(untilNs, queue.completeNs(this.#newestNs, this.#pulsing));
    }
    return untilNs;
  }

  /** All of them, oldest first: bpftrace has ended, and all it printed has been pushed. The next one begins anew. */
  flush(): T[] {
    const out = this.#take(Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY);
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

  /** Merges the queues: from whichever is behind, all until another is. Events of one nanosecond go by the order of their CPUs. */
  #take(untilNs: number, most: number): T[] {
    const out: T[] = [];
    const queues = [...this.#queues.values()];
    while (out.length < most) {
      let behind: Queue<T> | undefined;
      let [firstNs, secondNs] = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY];
      for (const queue of queues) {
        const { headNs } = queue;
        if (headNs < firstNs) [behind, firstNs, secondNs] = [queue, headNs, firstNs];
        else if (headNs < secondNs) secondNs = headNs;
      }
      if (behind === undefined || firstNs > untilNs) break;
      // Up to untilNs and with it: the times are whole nanoseconds.
      behind.takeRun(Math.min(secondNs, untilNs + 1), out, most);
    }
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
