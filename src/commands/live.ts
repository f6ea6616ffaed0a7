/** Opens the live source that a command listens to: what stands in the way first, then probes, filter and header. */
import { hostname } from "node:os";
import { printVersion } from "../host/bpftrace-version.ts";
import { readCapabilities } from "../host/capabilities.ts";
import { localHost } from "../host/local.ts";
import { findBlocker } from "../host/obstacle.ts";
import { readOrNull } from "../host/port.ts";
import type { RecordingEvent } from "../model/event.ts";
import { EventFilter } from "../model/filter.ts";
import { CannotAttach, Live } from "../source/live.ts";
import type { Sink } from "../source/source.ts";
import { SCHEMA } from "../wire/specification.ts";
import { boottimeUs } from "./boottime.ts";
import { filterOf, filtersAsGiven } from "./filter.ts";
import { CommandError, EXIT } from "./io.ts";
import type { FilterOptions } from "./options.ts";

type Header = Omit<RecordingEvent, "type" | "atUs" | "seq" | "attachment" | "wallMs">;

/**
 * A source whose events pass the filters; the recording event is the first. Resolves before the probes are attached:
 * `attached` tells of that. Errors (CommandError): wrong filter (2), or this machine cannot trace (3).
 */
export async function startLive(options: FilterOptions, sink: Sink): Promise<Live> {
  const filter = new EventFilter(await filterOf(options, localHost));
  const header = await readHeader(options);
  // The stream begins here: probes attach one by one, and what the first ones tell counts.
  const began = { atUs: boottimeUs(), wallMs: Date.now() };
  return new Live({
    sink: (events) => sink(filter.pass(events)),
    begin: (attachment, pipeline) => {
      pipeline.beginAt(began.atUs);
      pipeline.own((place) => ({ type: "recording", ...place, ...header, attachment, wallMs: began.wallMs }));
    },
  });
}

/** The same, attached. */
export async function openLive(options: FilterOptions, sink: Sink): Promise<Live> {
  const live = await startLive(options, sink);
  await attached(live);
  return live;
}

/** Resolves when probes are attached; the reasons when none can be are a CommandError (3). */
export async function attached(live: Live): Promise<void> {
  try {
    await live.attached;
  } catch (error) {
    if (!(error instanceof CannotAttach)) throw error;
    const reasons = error.refusals.map(({ attachment, reason }) => `  ${attachment}: ${reason}`);
    const message = ["cannot trace: no way to attach probes works here", ...reasons].join("\n");
    throw new CommandError(EXIT.cannot, { message, hint: "sockleak doctor says what this machine lacks" });
  }
}

async function readHeader(options: FilterOptions): Promise<Header> {
  const found = await readCapabilities(localHost);
  const blocker = findBlocker(found);
  if (blocker !== null) {
    const message = `${blocker.what}: ${blocker.why} (${blocker.value})`;
    throw new CommandError(EXIT.cannot, { message, hint: blocker.hint });
  }
  const version = found.bpftrace?.version;
  return {
    schema: SCHEMA,
    host: hostname(),
    kernel: found.kernel ?? "unknown",
    bootId: ((await readOrNull(localHost, "/proc/sys/kernel/random/boot_id")) ?? "unknown").trim(),
    bpftrace: version ? printVersion(version) : null,
    mode: "full",
    filters: filtersAsGiven(options),
  };
}
