/** `sockleak list`: one census, diagnosed; again and again with --watch. Needs no probes, and tells less without root. */
import type { Kind } from "../analysis/finding.ts";
import { boottimeUs } from "../host/boottime.ts";
import { Census } from "../host/census/census.ts";
import type { CensusPayload } from "../host/census/payload.ts";
import { localHost } from "../host/local.ts";
import type { Unnumbered } from "../model/event.ts";
import type { Filter } from "../model/filter.ts";
import { type FailOn, failsOn } from "./fail-on.ts";
import { filterOf } from "./filter.ts";
import { clock, readHeader } from "./header.ts";
import { CommandError, EXIT, type Io } from "./io.ts";
import type { ListStream } from "./list-stream.ts";
import type { FilterOptions } from "./options.ts";
import { OrOver } from "./or-over.ts";

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

/** What a census goes through when it is told. Half of the program: it is loaded while the fds are still being read. */
const load = () => Promise.all([import("./list-stream.ts"), import("./list-page.ts")]);

export async function list(options: ListOptions, io: Io): Promise<number> {
  const filter = await filterOf(options, localHost);
  const how = { attachment: "census", mode: "census", bpftrace: null } as const;
  const begin: Unnumbered = { type: "recording", ...(await readHeader(options)), ...how, ...clock() };
  const census = new Census({ host: localHost, clockUs: boottimeUs, onIdle: () => void load() });
  const stopping = new OrOver(io.stopped);
  let code: number = EXIT.done;
  let stream: ListStream | undefined;
  for (let first = true; !stopping.isOver; first = false) {
    const seen = await stopping.or(census.round("full"));
    if (seen === null) break;
    if (first) mustBeThere(filter, seen);
    const [{ ListStream }, { documentFor, print }] = await load();
    stream ??= new ListStream(filter, begin);
    const document = documentFor(stream.look(seen, clock()), options);
    io.out(print(document, { options, io, first }));
    code = failsOn(document, options.failOn ?? "never") ? EXIT.findings : EXIT.done;
    if (options.watch === undefined) break;
    await stopping.or(pause(options.watch));
  }
  await census.close();
  return code;
}

/** An inode names a namespace whether it is there or not: of one that is not, silence would be taken for "nothing leaks there". */
function mustBeThere({ netns }: Filter, seen: readonly CensusPayload[]): void {
  const looked = seen.flatMap((payload) => (payload.type === "round" ? payload.netns : []));
  if (netns === undefined || looked.includes(netns)) return;
  const message = `--netns ${netns}: no such namespace was found here, or it could not be looked into`;
  throw new CommandError(EXIT.cannot, { message, hint: "lsns -t net lists them" });
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
