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

export class Window {
  readonly #options: WindowOptions;
  #firstUs: number | null = null;
  #lastUs = 0;
  #wall: { readonly atUs: number; readonly wallMs: number } | null = null;
  #isOver = false;
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

  /** The instant that it ends at: as asked, or of the last event. A time of day that was skipped when the clock was set is none. */
  get endUs(): number {
    const askedUs = this.#options.to && this.#usOf(this.#options.to);
    return Math.max(askedUs ?? this.#lastUs, this.#lastUs);
  }

  pass(events: readonly Event[]): readonly Event[] {
    const { from, to } = this.#options;
    if (from === undefined && to === undefined) {
      const last = events.at(-1);
      if (last !== undefined) this.#lastUs = Math.max(this.#lastUs, last.atUs);
      return events;
    }
    return events.flatMap((event) => this.#one(event));
  }

  #one(event: Event): readonly Event[] {
    const { from, to } = this.#options;
    if (this.#isOver) return [];
    this.#firstUs ??= event.atUs;
    if (event.type === "recording" || event.type === "tick") this.#wall = event;
    this.#isOver = to !== undefined && event.atUs > (this.#usOf(to) ?? Number.POSITIVE_INFINITY);
    if (this.#isOver) return [];
    this.#lastUs = Math.max(this.#lastUs, event.atUs);
    if (this.#head === null) return [event];
    if (from !== undefined && event.atUs < (this.#usOf(from) ?? Number.POSITIVE_INFINITY)) {
      this.#head.note(event);
      return [];
    }
    const head = this.#head.events(event);
    this.#head = null;
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
