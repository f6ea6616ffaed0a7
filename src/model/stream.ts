/** What is known of the stream itself: where it comes from, its time, what it lost. */
import type { Event, GapEvent, RecordingEvent, SocketEvent } from "./event.ts";
import type { Snapshot } from "./snapshot.ts";

export class Stream {
  events = 0;
  gapCount = 0;
  #sinceUs: number | null = null;
  #recording: RecordingEvent | null = null;
  #wall: { readonly atUs: number; readonly wallMs: number } | null = null;
  #lost = 0;
  #unknown = 0;
  #lastGap: Snapshot["gaps"]["last"] = null;
  #tracedSinceUs: number | null = null;
  #ended: string | null = null;

  /** Probes tell of every socket, so that one they have not told of is news. */
  get tellsAll(): boolean {
    return this.#recording?.mode === "full";
  }

  /** Probes tell of suspects only, and count the others. */
  get isLean(): boolean {
    return this.#recording?.mode === "lean";
  }

  /** Each event: one more, at this time. */
  count(atUs: number): void {
    this.events += 1;
    this.#sinceUs ??= atUs;
  }

  /** Those that are about no socket. */
  apply(event: Exclude<Event, SocketEvent>): void {
    if (event.type === "recording") this.#begin(event);
    if (event.type === "recording" || event.type === "tick") this.#wall = { atUs: event.atUs, wallMs: event.wallMs };
    if (event.type === "gap") this.#gap(event);
    if (event.type === "end") this.#ended = event.why;
  }

  view(atUs: number) {
    return {
      sinceUs: this.#sinceUs ?? atUs,
      wallMs: this.#wall === null ? null : this.#wall.wallMs + Math.round((atUs - this.#wall.atUs) / 1000),
      recording: this.#recording,
      attachment: this.#recording?.attachment ?? null,
      mode: this.#recording?.mode ?? null,
      tracedSinceUs: this.#tracedSinceUs,
      events: this.events,
      gaps: { count: this.gapCount, lost: this.#lost, unknown: this.#unknown, last: this.#lastGap },
      ended: this.#ended,
    };
  }

  /** A stream begins anew when probes are attached after a census was taken, the mode changes, or another file follows. */
  #begin(event: RecordingEvent): void {
    this.#recording = event;
    this.#ended = null;
    if (event.attachment !== "census") this.#tracedSinceUs ??= event.atUs;
  }

  #gap(event: GapEvent): void {
    this.gapCount += 1;
    if (event.lost === null) this.#unknown += 1;
    else this.#lost += event.lost;
    this.#lastGap = { atUs: event.atUs, text: event.text };
  }
}
