/** Opens the live source that a command listens to: what stands in the way first, then probes, filter and header. */

import { boottimeUs } from "../host/boottime.ts";
import { printVersion } from "../host/bpftrace-version.ts";
import { type Capabilities, readCapabilities } from "../host/capabilities.ts";
import { Census } from "../host/census/census.ts";
import { localHost } from "../host/local.ts";
import { findBlocker, findObstacles, type Obstacle } from "../host/obstacle.ts";
import type { RecordingEvent } from "../model/event.ts";
import { EventFilter } from "../model/filter.ts";
import { CannotAttach, Live } from "../source/live.ts";
import type { Overheard } from "../source/pipeline.ts";
import { probeFilterOf } from "../source/probe-filter.ts";
import { PACE } from "../source/rounds.ts";
import { MAX_SOCKETS, type ProbeMode, type Probing } from "../source/script.ts";
import { type ProbeWiring, Seeded } from "../source/seeded.ts";
import type { Sink } from "../source/source.ts";
import { Namer } from "../symbols/namer.ts";
import { filterOf } from "./filter.ts";
import { clock, type Header, readHeader } from "./header.ts";
import { CommandError, EXIT } from "./io.ts";
import type { FilterOptions, ProbeOptions } from "./options.ts";
import { thresholdsOf } from "./thresholds.ts";

export type LiveOptions = FilterOptions &
  ProbeOptions & {
    readonly olderThan?: number;
    /** Milliseconds between two censuses of everything. */
    readonly census?: number;
    /** Of processes: as they are, secrets and all. */
    readonly args?: "masked" | "full";
  };
type ProbeHeader = Header & Pick<RecordingEvent, "bpftrace">;

/**
 * A source whose events pass the filters: a census at once, probes when they are attached (`attached` tells of that).
 * Errors (CommandError): wrong filter (2).
 */
export async function startLive(options: LiveOptions, mode: ProbeMode, sink: Sink): Promise<Seeded> {
  const asked = await filterOf(options, localHost);
  const probing = probingOf(options, { mode, filter: probeFilterOf(asked) });
  const filter = new EventFilter(asked);
  const found = await readCapabilities(localHost);
  const blocker = findBlocker(found);
  const header = await probeHeader(options, found);
  return new Seeded({
    looker: new Census({ host: localHost, clockUs: boottimeUs, args: options.args ?? "masked" }),
    probes: blocker === null ? (wiring) => probesOf(wiring, header, probing) : blockedBy(blocker),
    begin: (attachment) => ({ type: "recording", ...header, attachment, mode: "census", ...clock() }),
    clock,
    sink: (events) => sink(filter.pass(events)),
    namer: options.sites === false ? null : new Namer({ jit: options.jit ?? false }),
    ...(options.census !== undefined && { pace: { ...PACE, fullMs: options.census } }),
  });
}

/** `mode`: this command's, unless another was asked for. */
function probingOf(options: LiveOptions, { mode, filter }: Pick<Probing, "mode" | "filter">): Probing {
  return {
    filter,
    mode: options.mode ?? mode,
    suspectMs: thresholdsOf(options).suspectMs,
    maxSockets: options.maxSockets ?? MAX_SOCKETS,
    bufferBytes: options.buffer ?? null,
    sites: options.sites !== false,
    usedBy: usedBy(options),
  };
}

/** Each read and write is walked: of one process, which is named. Errors (CommandError): it is not (2). */
function usedBy({ lastUsed, pid, sites }: LiveOptions): number | null {
  if (!lastUsed) return null;
  if (pid !== undefined && sites !== false) return pid;
  const message = "--last-used walks each read and write of one process: it needs --pid, and not --no-sites";
  throw new CommandError(EXIT.usage, { message });
}

export async function probeHeader(options: FilterOptions, { bpftrace }: Capabilities): Promise<ProbeHeader> {
  const version = bpftrace?.version;
  return { ...(await readHeader(options)), bpftrace: version ? printVersion(version) : null };
}

export function probesOf(
  { sink, tracing, overheard }: ProbeWiring & { readonly overheard?: Overheard },
  header: ProbeHeader,
  probing: Probing,
): Live {
  return new Live({
    sink,
    tracing,
    probing,
    ...(overheard !== undefined && { overheard }),
    begin: ({ attachment, mode }, pipeline) => {
      const { atUs, wallMs } = clock();
      pipeline.beginAt(atUs);
      pipeline.own((place) => ({ type: "recording", ...place, ...header, attachment, mode, wallMs }));
    },
  });
}

/** The same, attached. Errors: besides, this machine cannot trace (3). */
export async function openLive(options: LiveOptions, mode: ProbeMode, sink: Sink): Promise<Seeded> {
  const live = await startLive(options, mode, sink);
  try {
    await attached(live);
  } catch (error) {
    await live.stop();
    throw error;
  }
  return live;
}

/** Resolves when probes are attached; the reasons when none can be are a CommandError (3). */
export async function attached(live: Seeded): Promise<void> {
  try {
    await live.attached;
  } catch (error) {
    if (!(error instanceof CannotAttach)) throw error;
    const reasons = error.refusals.map(({ attachment, reason }) => `  ${attachment}: ${reason}`);
    const message = ["cannot trace: no way to attach probes works here", ...reasons].join("\n");
    const [lacking] = findObstacles(await readCapabilities(localHost));
    throw new CommandError(EXIT.cannot, {
      message,
      hint: lacking?.hint ?? "sockleak doctor says what this machine lacks",
    });
  }
}

function blockedBy({ what, why, value, hint }: Obstacle): CommandError {
  return new CommandError(EXIT.cannot, { message: `${what}: ${why} (${value})`, hint });
}
