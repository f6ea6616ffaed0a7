/**
 * Puts events into the order of the kernel's clock.
 *
 * bpftrace reads one buffer per CPU, one after the other, so each CPU's events arrive in order (but for an interrupt
 * between reading the clock and printing) and the CPUs against each other do not: apart by milliseconds when idle, by as
 * much as the backlog under load. An event may go once every CPU that is taking part has told something later; a CPU that
 * has been silent for SILENT_NS of the stream's time, or a multiple of the backlog, is not waited for. When nothing
 * arrives, all buffers are empty and the owner calls `flush`.
 */
export type Stamped = { readonly cpu: number; readonly ns: number };

/** A CPU without any TCP for this long takes no part: it only delays the others' events. */
const SILENT_NS = 1_000_000_000;
/** One round over all buffers takes about the backlog; a CPU may have to wait for the round and the one before. */
const SILENT_BACKLOGS = 4;
/** An interrupt handler's events may overtake the event it interrupted by this much. */
const NESTED_NS = 1_000_000;
/** Bounds memory: about 100 MB of decoded tuples. Beyond it they go, in the order there is. */
const PENDING_MAX = 400_000;
/** A queue forgets what has left it when that is more than this and more than half. */
const COMPACT_AT = 4_096;

/** One CPU's events, in order: an event that comes late moves back to its place, which is near. */
class Queue<T extends Stamped> {
  #items: T[] = [];
  #head = 0;

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
  readonly #queues = new Map<number, Queue<T>>();
  /** The newest time of each CPU that takes part. */
  readonly #lastNs = new Map<number, number>();
  #pending = 0;
  #newestNs = 0;
  #releasedNs = 0;
  #late = 0;

  push(item: T): void {
    const last = this.#lastNs.get(item.cpu);
    if (last === undefined || item.ns > last) this.#lastNs.set(item.cpu, item.ns);
    if (item.ns > this.#newestNs) this.#newestNs = item.ns;
    if (item.ns < this.#releasedNs) this.#late++;
    this.#queueOf(item.cpu).push(item);
    this.#pending++;
  }

  /** Those that nothing earlier can follow any more, oldest first; `backlogNs`: how far bpftrace is behind. */
  release(backlogNs = 0): T[] {
    if (this.#pending > PENDING_MAX) return this.flush();
    const silentNs = Math.max(SILENT_NS, SILENT_BACKLOGS * backlogNs);
    let untilNs = this.#newestNs;
    for (const [cpu, lastNs] of this.#lastNs) {
      if (lastNs < this.#newestNs - silentNs) this.#lastNs.delete(cpu);
      else if (lastNs < untilNs) untilNs = lastNs;
    }
    return this.#take(untilNs - NESTED_NS);
  }

  /** All of them, oldest first: nothing is on its way. */
  flush(): T[] {
    return this.#take(Number.POSITIVE_INFINITY);
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

  #take(untilNs: number): T[] {
    const out: T[] = [];
    for (const queue of this.#queues.values()) queue.takeUntil(untilNs, out);
    // Stable, and quick on a few sorted runs: events of one nanosecond keep the order of their CPU.
    out.sort((a, b) => a.ns - b.ns);
    this.#pending -= out.length;
    this.#releasedNs = Math.max(this.#releasedNs, out.at(-1)?.ns ?? 0);
    return out;
  }

  #queueOf(cpu: number): Queue<T> {
    let queue = this.#queues.get(cpu);
    if (queue === undefined) {
      queue = new Queue();
      this.#queues.set(cpu, queue);
    }
    return queue;
  }
}
