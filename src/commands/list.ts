/** `sockleak list`: one census, diagnosed; again and again with --watch. Needs no probes, and tells less without root. */
import type { Kind } from "../analysis/finding.ts";
import { boottimeUs } from "../host/boottime.ts";
import { Census } from "../host/census/census.ts";
import { localHost } from "../host/local.ts";
import { EventFilter } from "../model/filter.ts";
import type { Snapshot } from "../model/snapshot.ts";
import { Tracker } from "../model/tracker.ts";
import { type FailOn, failsOn } from "./fail-on.ts";
import { filterOf } from "./filter.ts";
import { clock, readHeader } from "./header.ts";
import { EXIT, type Io } from "./io.ts";
import type { FilterOptions } from "./options.ts";

export type ListOptions = FilterOptions & {
  /** Sockets told of each finding. */
  readonly sockets?: number;
  /** Milliseconds between two looks. */
  readonly watch?: number;
  readonly olderThan?: number;
  readonly kind?: ReadonlySet<Kind>;
  readonly json?: true;
  readonly socketsNdjson?: true;
  readonly failOn?: FailOn;
};

export async function list(options: ListOptions, io: Io): Promise<number> {
  const looks = await Looks.begin(options);
  let look = looks.look();
  // ss already runs: meanwhile there is time to load all that its answer goes through.
  const { documentFor, print } = await import("./list-page.ts");
  let stopped = false;
  void io.stopped.then(() => {
    stopped = true;
  });
  let code: number = EXIT.done;
  for (let first = true; !stopped; first = false) {
    const snapshot = await Promise.race([look, io.stopped]);
    if (snapshot === undefined) break;
    const document = documentFor(snapshot, options);
    io.out(print(document, { options, io, first }));
    code = failsOn(document, options.failOn ?? "never") ? EXIT.findings : EXIT.done;
    if (options.watch === undefined) break;
    await Promise.race([pause(options.watch), io.stopped]);
    if (!stopped) look = looks.look();
  }
  await looks.close();
  return code;
}

/** Censuses of this host, one after the other, in one stream. */
class Looks {
  readonly #census = new Census({ host: localHost, clockUs: boottimeUs });
  readonly #tracker = new Tracker();
  readonly #filter: EventFilter;

  private constructor(filter: EventFilter) {
    this.#filter = filter;
  }

  static async begin(options: FilterOptions): Promise<Looks> {
    const looks = new Looks(new EventFilter(await filterOf(options, localHost)));
    const how = { attachment: "census", mode: "census", bpftrace: null } as const;
    looks.#take([{ type: "recording", ...(await readHeader(options)), ...how, ...clock() }]);
    return looks;
  }

  async look(): Promise<Snapshot> {
    const seen = await this.#census.round("full");
    this.#take([{ type: "tick", ...clock() }, ...seen]);
    return this.#tracker.snapshot(seen.at(-1)?.atUs ?? boottimeUs());
  }

  close(): Promise<void> {
    return this.#census.close();
  }

  #take(events: Parameters<EventFilter["pass"]>[0]): void {
    for (const event of this.#filter.pass(events)) this.#tracker.apply(event);
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
