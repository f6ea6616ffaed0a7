/**
 * The part of a recording that is asked for: from one instant to another, as if nothing had been recorded before and after.
 * What the stream tells once (where it is from, the processes) stands at its head, as in a file of its own.
 */

import type { Instant } from "../../format/parse-instant.ts";
import type { Event } from "../../model/event.ts";
import { Head } from "../../model/head.ts";

export type WindowOptions = {
  readonly from?: Instant;
  readonly to?: Instant;
  /** Of the last event, where an instant counts from the end. */
  readonly endUs?: number;
};

/** What was asked for cannot be told; times in microseconds of CLOCK_BOOTTIME. */
export type Outside =
  /** `passed`: a part of it was in the recording. */
  | { readonly where: "after"; readonly startUs: number; readonly endUs: number; readonly passed: boolean }
  | { readonly where: "before" | "nowhere" };

/** Ticks come once a second: so far behind the last event a recording still says how things stood. */
const KNOWN_BEYOND_US = 1_000_000;

export class Window {
  readonly #options: WindowOptions;
  #firstUs: number | null = null;
  #lastUs = 0;
  #wall: { readonly atUs: number; readonly wallMs: number } | null = null;
  #isOver = false;
  #seenUs = 0;
  #passed = false;
  /** Null: the part has begun. */
  #head: Head | null;

  constructor(options: WindowOptions) {
    this.#options = options;
    this.#head = options.from === undefined ? null : new Head();
  }

  /** An event after the end has come: nothing more will pass. */
  get isOver(): boolean {
    return this.#isOver;
  }

  /** Once all is read: the instant asked for, or the whole part, is not in the recording. */
  get outside(): Outside | null {
    const startUs = this.#firstUs ?? 0;
    if (this.#isOver) return this.#passed ? null : { where: this.#seenUs === startUs ? "before" : "nowhere" };
    const askedUs = this.#options.to && this.#usOf(this.#options.to);
    const isBeyond = askedUs != null && askedUs > this.#seenUs + KNOWN_BEYOND_US;
    if (this.#passed && !isBeyond) return null;
    return { where: "after", startUs, endUs: this.#seenUs, passed: this.#passed };
  }

  /** The instant that it ends at: as asked, or of the last event. A time of day that was skipped when the clock was set is none. */
  get endUs(): number {
    const askedUs = this.#isOver && this.#options.to ? this.#usOf(this.#options.to) : null;
    return Math.max(askedUs ?? this.#lastUs, this.#lastUs);
  }

  pass(events: readonly Event[]): readonly Event[] {
    const { from, to } = this.#options;
    if (from === undefined && to === undefined) {
      const last = events.at(-1);
      if (last !== undefined) this.#lastUs = Math.max(this.#lastUs, last.atUs);
      this.#passed ||= last !== undefined;
      return events;
    }
    return events.flatMap((event) => this.#one(event));
  }

  #one(event: Event): readonly Event[] {
    const { from, to } = this.#options;
    if (this.#isOver) return [];
    this.#firstUs ??= event.atUs;
    this.#seenUs = Math.max(this.#seenUs, event.atUs);
    if (event.type === "recording" || event.type === "tick") this.#wall = event;
    this.#isOver = to !== undefined && event.atUs > (this.#usOf(to) ?? Number.POSITIVE_INFINITY);
    if (this.#isOver) return [];
    this.#lastUs = Math.max(this.#lastUs, event.atUs);
    if (this.#head === null) {
      this.#passed = true;
      return [event];
    }
    if (from !== undefined && event.atUs < (this.#usOf(from) ?? Number.POSITIVE_INFINITY)) {
      this.#head.note(event);
      return [];
    }
    const head = this.#head.events(event);
    this.#head = null;
    this.#passed = true;
    return [...head, event];
  }

  /** Null: the stream has not told the wall clock, or its end is not known. */
  #usOf(instant: Instant): number | null {
    switch (instant.from) {
      case "boot":
        return instant.us;
      case "start":
        return (this.#firstUs ?? 0) + instant.ms * 1000;
      case "end":
        return this.#options.endUs === undefined ? null : this.#options.endUs - instant.ms * 1000;
      case "wall":
        return this.#wall === null ? null : this.#wall.atUs + Math.round((instant.ms - this.#wall.wallMs) * 1000);
    }
  }
}
