/**
 * Puts events into the order of the kernel's clock.
 *
 * bpftrace reads one buffer per CPU, one after the other, so each CPU's events arrive in order (but for an interrupt
 * between reading the clock and printing) and the CPUs against each other do not: apart by milliseconds when idle, by as
 * much as the backlog under load. An event may go once every CPU that is taking part has told something later; a CPU that
 * has been silent for SILENT_NS of the stream's time is not waited for. When nothing arrives, all buffers are empty and
 * the owner calls `flush`.
 */
export type Stamped = { readonly cpu: number; readonly ns: number };

/** Longer than any backlog that a buffer of the default size holds (2 s of 100,000 lines/s). */
const SILENT_NS = 2_000_000_000;
/** An interrupt handler's events may overtake the event it interrupted by this much. */
const NESTED_NS = 1_000_000;
/** Bounds memory: about 100 MB of decoded tuples. Beyond it the oldest half goes. */
const PENDING_MAX = 400_000;

export class Order<T extends Stamped> {
  #pending: T[] = [];
  readonly #lastNs = new Map<number, number>();
  #newestNs = 0;
  #releasedNs = 0;
  #late = 0;

  push(item: T): void {
    if (item.ns > this.#newestNs) this.#newestNs = item.ns;
    const last = this.#lastNs.get(item.cpu);
    if (last === undefined || item.ns > last) this.#lastNs.set(item.cpu, item.ns);
    if (item.ns < this.#releasedNs) this.#late++;
    this.#pending.push(item);
  }

  /** Those that nothing earlier can follow any more, oldest first. */
  release(): T[] {
    let untilNs = this.#newestNs;
    for (const [cpu, lastNs] of this.#lastNs) {
      if (lastNs < this.#newestNs - SILENT_NS) this.#lastNs.delete(cpu);
      else if (lastNs < untilNs) untilNs = lastNs;
    }
    return this.#take(untilNs - NESTED_NS);
  }

  /** All of them, oldest first: nothing is on its way. */
  flush(): T[] {
    return this.#take(Number.POSITIVE_INFINITY);
  }

  get pending(): number {
    return this.#pending.length;
  }

  /** How many have come too late for their place since last asked. */
  takeLate(): number {
    const late = this.#late;
    this.#late = 0;
    return late;
  }

  #take(untilNs: number): T[] {
    const all = this.#pending.sort(byTime);
    let end = upperBound(all, untilNs);
    if (all.length - end > PENDING_MAX) end = all.length - PENDING_MAX / 2;
    const last = all[end - 1];
    if (last === undefined) return [];
    this.#releasedNs = Math.max(this.#releasedNs, last.ns);
    this.#pending = all.slice(end);
    all.length = end;
    return all;
  }
}

/** Array.prototype.sort is stable: events of one CPU and one nanosecond keep the order they came in. */
function byTime(a: Stamped, b: Stamped): number {
  return a.ns - b.ns;
}

/** Index of the first item later than `ns`. */
function upperBound(sorted: readonly Stamped[], ns: number): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((sorted[middle] as Stamped).ns <= ns) low = middle + 1;
    else high = middle;
  }
  return low;
}
