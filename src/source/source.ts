/** Where events come from: the seam between everything that tells (probes, recordings, soon the census) and everything that listens. */
import type { Event } from "../model/event.ts";

export type Sink = (events: readonly Event[]) => void;

export type Source = {
  /** One line about its own state where there is something to say ("bpftrace ended: …, again in 2 s"), else null. */
  readonly status: () => string | null;
  /** Resolves when the last event has been given to the sink. */
  readonly done: Promise<void>;
  /** Ends it; resolves like `done`. */
  readonly stop: () => Promise<void>;
};
