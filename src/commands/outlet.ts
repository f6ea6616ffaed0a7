/**
 * Events on their way out, to whoever reads our output: a pipe takes what its reader takes, and the rest would wait in our
 * memory without bound. So there is a bound, and what does not fit is dropped and declared, where it is missing:
 *
 *   printed 1 2 3 ─ too much waits: 4 5 6 7 dropped ─ half of it has gone: gap 4 (lost 4) ─ 8 9 …
 *
 * bpftrace is read on all the time: its buffers in the kernel are smaller, and a loss there would say less about the cause.
 */
import type { Event, GapEvent } from "../model/event.ts";

/** Some hundred thousand events: a second of the busiest host, or a reader that was away for as long. */
export const BACKLOG_MAX_BYTES = 32 * 1024 * 1024;

type Way = {
  readonly print: (event: Event) => string;
  readonly out: (text: string) => void;
  /** Of what was given to `out`, how much still waits for its reader. */
  readonly backlogBytes: () => number;
};

type Dropped = { readonly first: Event; lost: number | null };

export class Outlet {
  readonly #way: Way;
  #dropped: Dropped | null = null;

  constructor(way: Way) {
    this.#way = way;
  }

  take(events: readonly Event[]): void {
    const most = this.#dropped === null ? BACKLOG_MAX_BYTES : BACKLOG_MAX_BYTES / 2;
    if (this.#way.backlogBytes() > most) this.#drop(events);
    else this.#send([...this.#declared(), ...events]);
  }

  /** Nothing more comes: what was dropped last is declared, however much waits. */
  end(): void {
    this.#send(this.#declared());
  }

  #send(events: readonly Event[]): void {
    const text = events.map(this.#way.print).join("");
    if (text !== "") this.#way.out(text);
  }

  #drop(events: readonly Event[]): void {
    for (const event of events) {
      // These are few, and what follows means nothing without them.
      if (event.type === "recording") this.#send([...this.#declared(), event]);
      else this.#dropOne(event);
    }
  }

  #dropOne(event: Event): void {
    this.#dropped ??= { first: event, lost: 0 };
    // A gap that is dropped counts for what it declares.
    const lost = event.type === "gap" ? event.lost : 1;
    this.#dropped.lost = this.#dropped.lost === null || lost === null ? null : this.#dropped.lost + lost;
  }

  /** The gap, in the place of the first one dropped. */
  #declared(): readonly Event[] {
    if (this.#dropped === null) return [];
    const { first, lost } = this.#dropped;
    this.#dropped = null;
    const text = "whoever reads the output was slower than the events";
    const gap: GapEvent = { type: "gap", atUs: first.atUs, seq: first.seq, why: "overload", lost, text };
    return [gap];
  }
}
