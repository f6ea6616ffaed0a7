/** Censuses of this host, one after the other, in one stream. */
import type { Unnumbered } from "../model/event.ts";
import { EventFilter, type Filter } from "../model/filter.ts";
import type { Snapshot } from "../model/snapshot.ts";
import { Tracker } from "../model/tracker.ts";
import type { clock } from "./header.ts";

export class ListStream {
  readonly #tracker = new Tracker();
  readonly #filter: EventFilter;

  constructor(filter: Filter, begin: Unnumbered) {
    this.#filter = new EventFilter(filter);
    this.#take([begin]);
  }

  /** What stands after a round, which ended `now`. */
  look(seen: readonly Unnumbered[], now: ReturnType<typeof clock>): Snapshot {
    this.#take([{ type: "tick", ...now }, ...seen]);
    return this.#tracker.snapshot(seen.at(-1)?.atUs ?? now.atUs);
  }

  #take(events: readonly Unnumbered[]): void {
    for (const event of this.#filter.pass(events)) this.#tracker.apply(event);
  }
}
