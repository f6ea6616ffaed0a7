/** The course of things: one point a second, at ticks; in a stream without ticks, by the time of its events. */
import type { Snapshot } from "./snapshot.ts";

/** An hour, at a point a second: 300 KB. */
export const SERIES_LENGTH = 3600;
const SECOND_US = 1_000_000;
/** A tick comes a little early or late: half a second apart from the last point is the next one's. */
const TICK_APART_US = SECOND_US / 2;
/** An event makes the point only when the tick is overdue. */
const OVERDUE_US = 1.1 * SECOND_US;

type Point = Snapshot["series"][number];

export class Series {
  #points: Point[] = [];
  #lastUs = Number.NEGATIVE_INFINITY;
  #eventsThen = 0;

  /** Whether a point is due when this much time has come. */
  isDue(atUs: number, isTick: boolean): boolean {
    return atUs - this.#lastUs >= (isTick ? TICK_APART_US : OVERDUE_US);
  }

  /** @param now its `events` counts those of the whole stream so far */
  add(now: Point): void {
    this.#points.push({ ...now, events: now.events - this.#eventsThen });
    if (this.#points.length > SERIES_LENGTH) this.#points.shift();
    this.#lastUs = now.atUs;
    this.#eventsThen = now.events;
  }

  view(): readonly Point[] {
    return this.#points.slice();
  }
}
