/**
 * What did not come to the disk, and how far that has been told:
 *
 *   missing ──its gap is written──→ told ──the disk has it──→ over, and said so
 *      ↑                             │
 *      └──── the disk lost it ───────┘  with all events of which it has not said that it has them
 *
 * Trouble is said when it begins and when it is over, however often it is tried meanwhile.
 */
import type { GapEvent } from "../model/event.ts";
import type { Member } from "./members.ts";

/** Events, by how many and the place of the first. */
export type Some = Pick<Member, "events" | "atUs" | "seq">;

/** Written, and not yet known to be on the disk; and what a gap among it tells of. */
type Doubtful = { readonly events: Some | null; readonly told: Some | null };
const NOTHING: Doubtful = { events: null, told: null };

export class Losses {
  /** Events that will never be there. */
  unwritten = 0;
  readonly #trouble: (text: string) => void;
  #missing: Some | null = null;
  /** Since the disk was asked last … */
  #doubtful = NOTHING;
  /** … and before, while it has not answered. */
  #asked = NOTHING;
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
    this.#doubtful = together(this.#doubtful, { events, told });
  }

  /** The disk is asked for all that was written up to now. It has answered before. */
  asked(): void {
    this.#asked = this.#doubtful;
    this.#doubtful = NOTHING;
  }

  /** It has what it was asked for. */
  synced(): void {
    const { told } = this.#asked;
    this.#asked = NOTHING;
    if (told === null) return;
    this.#trouble(`recording again; ${told.events} events were not written`);
    if (this.#missing === null) this.#why = null;
  }

  /** It has not, nor what was written since, which is taken back. */
  lost(error: Error): void {
    const { events, told } = together(this.#asked, this.#doubtful);
    if (events !== null) this.failed(events, error);
    this.giveBack(told);
    this.#asked = NOTHING;
    this.#doubtful = NOTHING;
  }
}

function together(one: Doubtful, other: Doubtful): Doubtful {
  return { events: both(one.events, other.events), told: both(one.told, other.told) };
}

function both(one: Some | null, other: Some | null): Some | null {
  if (one === null || other === null) return one ?? other;
  const { atUs, seq } = other.seq < one.seq ? other : one;
  return { atUs, seq, events: one.events + other.events };
}
