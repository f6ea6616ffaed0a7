/**
 * What did not come to the disk, and how far that has been told:
 *
 *   missing ──its gap is written──→ told ──the disk has it──→ over, and said so
 *      ↑                             │
 *      └──── the disk lost it ───────┘  with all events that were written since it was asked last
 *
 * Trouble is said when it begins and when it is over, however often it is tried meanwhile.
 */
import type { GapEvent } from "../model/event.ts";
import type { Member } from "./members.ts";

/** Events, by how many and the place of the first. */
export type Some = Pick<Member, "events" | "atUs" | "seq">;

export class Losses {
  /** Events that will never be there. */
  unwritten = 0;
  readonly #trouble: (text: string) => void;
  #missing: Some | null = null;
  /** Written, and not yet known to be on the disk … */
  #doubtful: Some | null = null;
  /** … and what a gap among them tells of. */
  #told: Some | null = null;
  /** Of the trouble that was said; null: there is none. */
  #why: string | null = null;

  constructor(trouble: (text: string) => void) {
    this.#trouble = trouble;
  }

  /** Takes what no gap tells of yet; whoever takes it writes its gap, or gives it back. */
  take(): Some | null {
    const missing = this.#missing;
    this.#missing = null;
    return missing;
  }

  giveBack(missing: Some | null): void {
    this.#missing = both(this.#missing, missing);
  }

  /** In place of the first event that is missing. */
  gapOf({ atUs, seq, events }: Some): GapEvent {
    const text = `the recorder could not write: ${this.#why}`;
    return { type: "gap", atUs, seq, why: "unwritten", lost: events, text };
  }

  failed(missing: Some, { message }: Error): void {
    this.unwritten += missing.events;
    this.giveBack(missing);
    if (this.#why === null) this.#trouble(`cannot write the recording: ${message}; it goes on when it can`);
    this.#why ??= message;
  }

  /** `told`: what a gap before these events tells of. */
  written(events: Some, told: Some | null): void {
    this.#doubtful = both(this.#doubtful, events);
    this.#told = both(this.#told, told);
  }

  /** The disk has all that was written. */
  synced(): void {
    this.#doubtful = null;
    if (this.#told === null) return;
    this.#trouble(`recording again; ${this.#told.events} events were not written`);
    this.#told = null;
    if (this.#missing === null) this.#why = null;
  }

  /** The disk has not got what was written since it was asked last, nor the gap that told of others. */
  lost(error: Error): void {
    if (this.#doubtful !== null) this.failed(this.#doubtful, error);
    this.giveBack(this.#told);
    this.#doubtful = null;
    this.#told = null;
  }
}

function both(one: Some | null, other: Some | null): Some | null {
  if (one === null || other === null) return one ?? other;
  const { atUs, seq } = other.seq < one.seq ? other : one;
  return { atUs, seq, events: one.events + other.events };
}
