/**
 * Work of the main thread, cut into slices, so that the event loop (a dashboard's keys) waits for none longer than a slice
 * takes, and timed, so that a round knows what it cost.
 */
import { performance } from "node:perf_hooks";
import { setImmediate } from "node:timers/promises";

const SLICE_MS = 5;
/** Looking at the clock costs as much as a small piece of work. */
const LOOK_EVERY = 32;

export class Pace {
  #spentMs = 0;

  /** By the wall: what others took from the processor meanwhile is in it. */
  get spentMs(): number {
    return this.#spentMs;
  }

  /** One piece that is short as it is. */
  once<T>(work: () => T): T {
    const from = performance.now();
    const result = work();
    this.#spentMs += performance.now() - from;
    return result;
  }

  async each<T>(items: Iterable<T>, work: (item: T) => void): Promise<void> {
    let from = performance.now();
    let done = 0;
    for (const item of items) {
      work(item);
      if (++done % LOOK_EVERY !== 0) continue;
      const spent = performance.now() - from;
      if (spent < SLICE_MS) continue;
      this.#spentMs += spent;
      await setImmediate();
      from = performance.now();
    }
    this.#spentMs += performance.now() - from;
  }
}
