/** The rows: what is measured, against whom. Each gives its lines of the table; a contestant that cannot run gives the reason. */
import { join } from "node:path";
import { output } from "./child.ts";
import { CONTESTANTS, type Contestant, contestant } from "./contestants.ts";
import { gateRow } from "./gate.ts";
import { churn, latency, requests, standing } from "./loads.ts";
import { ratios, type Spread, spreadOf } from "./pairs.ts";
import type { Place } from "./place.ts";
import { hasTool } from "./tools.ts";
import { type Part, type Tally, Watched } from "./watch.ts";

/** Names of figures carry their units; null is "not measured". */
export type Line = {
  readonly row: string;
  readonly contestant: string;
  readonly figures?: Readonly<Record<string, number | Spread | null>>;
  readonly missing?: string;
};

export type Effort = {
  readonly place: Place;
  readonly pairs: number;
  readonly seconds: number;
  readonly isAsked: (contestant: string) => boolean;
};
type Row = {
  readonly name: string;
  readonly about: string;
  readonly run: (effort: Effort) => Promise<readonly Line[]>;
};

const RATE = 5_000;
const LEAKS = 20_000;
const LIVE = 100_000;
const SOCKLEAK = ["sockleak lean", "sockleak lean, code paths", "sockleak full"].map(contestant);
/** Where no path is walked. */
const MODES = ["sockleak lean", "sockleak full"].map(contestant);
const FEW = [...SOCKLEAK, contestant("tcpstates (libbpf-tools)")];

export const ROWS: readonly Row[] = [
  { name: "churn", about: "connections a second, as many as it can", run: (effort) => churnRow(effort) },
  { name: "steady", about: `${RATE} connections a second`, run: (effort) => steadyRow(effort) },
  { name: "requests", about: "wrk against nginx, connections that stay", run: (effort) => requestsRow(effort) },
  { name: "leaks", about: `${LEAKS} in CLOSE_WAIT, nothing else happens`, run: (effort) => leaksRow(effort) },
  { name: "live", about: `${LIVE} ESTABLISHED sockets, nothing else happens`, run: (effort) => liveRow(effort) },
  {
    name: "latency",
    about: `wake-ups of another process at ${RATE} connections a second`,
    run: (effort) => latencyRow(effort),
  },
  { name: "gate", about: "a suite of short HTTP connections under `run`", run: (effort) => gateRow(effort) },
  {
    name: "consumer",
    about: "decode, order, track beside JSON.parse of the same lines",
    run: (effort) => consumerRow(effort),
  },
];

function churnRow(effort: Effort): Promise<readonly Line[]> {
  const { place, pairs, seconds } = effort;
  return each({ row: "churn", all: CONTESTANTS, effort }, (of) =>
    paired(of, { place, pairs, run: () => churn(place, { seconds }) }),
  );
}

async function requestsRow(effort: Effort): Promise<readonly Line[]> {
  const { place, pairs, seconds } = effort;
  const load = await requests(place);
  if (typeof load === "string") return FEW.map(({ name }) => ({ row: "requests", contestant: name, missing: load }));
  try {
    return await each({ row: "requests", all: FEW, effort }, (of) =>
      paired(of, { place, pairs, run: () => load.rate(seconds) }),
    );
  } finally {
    await load.stop();
  }
}

function steadyRow(effort: Effort): Promise<readonly Line[]> {
  const { place, seconds } = effort;
  return each({ row: "steady", all: CONTESTANTS, effort }, (of) =>
    beside(of, place, () => churn(place, { seconds: 2 * seconds, rate: RATE })),
  );
}

/** First the looks of the start, which wait for nothing; then as long as a round with its pause takes (source/rounds.ts), three minutes. */
function leaksRow(effort: Effort): Promise<readonly Line[]> {
  const { place, seconds } = effort;
  return standing(place, { kind: "leaks", count: LEAKS }, () =>
    each({ row: "leaks", all: MODES, effort }, async (of) => {
      const watched = await Watched.start(of, place);
      if (typeof watched === "string") return watched;
      const start = await watched.during(() => idle(6 * seconds));
      const { parts } = await watched.during(() => idle(40 * seconds));
      const startCpuMs = start.parts.reduce((sum, { cpuMs }) => sum + cpuMs, 0);
      return { startCpuMs, ...costs(parts, await watched.stop()) };
    }),
  );
}

function liveRow(effort: Effort): Promise<readonly Line[]> {
  const { place, seconds } = effort;
  return standing(place, { kind: "live", count: LIVE }, () =>
    each({ row: "live", all: SOCKLEAK, effort }, (of) => beside(of, place, () => idle(2 * seconds))),
  );
}

async function latencyRow(effort: Effort): Promise<readonly Line[]> {
  const { place, pairs, seconds } = effort;
  if (!(await hasTool("cyclictest")))
    return [{ row: "latency", contestant: "all", missing: "cyclictest is not installed" }];
  const run = async () => {
    const [seen] = await Promise.all([latency(seconds), churn(place, { seconds, rate: RATE })]);
    return seen;
  };
  return each({ row: "latency", all: FEW, effort }, async (of) => {
    const p99: [number[], number[]] = [[], []];
    const max: [number[], number[]] = [[], []];
    const note = ({ p99Us, maxUs }: Awaited<ReturnType<typeof run>>, traced: 0 | 1) => {
      p99[traced].push(p99Us);
      max[traced].push(maxUs);
    };
    for (let pair = 0; pair < pairs; pair++) {
      note(await run(), 0);
      const watched = await Watched.start(of, place);
      if (typeof watched === "string") return watched;
      note(await run(), 1);
      await watched.stop();
    }
    return {
      untracedP99Us: spreadOf(p99[0]),
      tracedP99Us: spreadOf(p99[1]),
      untracedMaxUs: spreadOf(max[0]),
      tracedMaxUs: spreadOf(max[1]),
    };
  });
}

type Consumed = {
  readonly parseUs: number;
  readonly consumeUs: number;
  readonly snapshotMs: number;
  readonly blockedMs: number;
};

/** On one CPU, in a process of its own for each count of live sockets; the first round warms up and is dropped. */
async function consumerRow({ pairs }: Effort): Promise<readonly Line[]> {
  const program = [process.execPath, "--import", "tsx", join(import.meta.dirname, "consume.ts")];
  const lines: Line[] = [];
  for (const live of [1_000, 10_000, 100_000]) {
    const said = await output(["taskset", "-c", "0", ...program, String(live), String(pairs + 1)], {
      timeoutMs: 300_000,
    });
    const rounds = said
      .trim()
      .split("\n")
      .slice(1)
      .map((line) => JSON.parse(line) as Consumed);
    const of = (figure: (round: Consumed) => number) => spreadOf(rounds.map(figure));
    const figures = {
      ofJsonParse: of(({ parseUs, consumeUs }) => parseUs / consumeUs),
      parseUs: of(({ parseUs }) => parseUs),
      consumeUs: of(({ consumeUs }) => consumeUs),
      snapshotMs: of(({ snapshotMs }) => snapshotMs),
      blockedMs: of(({ blockedMs }) => blockedMs),
    };
    lines.push({ row: "consumer", contestant: `${live} live sockets`, figures });
  }
  return lines;
}

type Measured = NonNullable<Line["figures"]> | string;

type Asked = { readonly row: string; readonly all: readonly Contestant[]; readonly effort: Effort };

async function each(
  { row, all, effort }: Asked,
  measure: (of: Contestant) => Promise<Measured>,
): Promise<readonly Line[]> {
  const lines: Line[] = [];
  for (const of of all.filter(({ name }) => effort.isAsked(name))) {
    console.error(`bench: ${row}, ${of.name}`);
    const measured = await measure(of);
    const result = typeof measured === "string" ? { missing: measured } : { figures: measured };
    lines.push({ row, contestant: of.name, ...result });
  }
  return lines;
}

/** Untraced, traced, untraced, … */
async function paired(
  of: Contestant,
  how: { place: Place; pairs: number; run: () => Promise<number> },
): Promise<Measured> {
  const untraced = [await how.run()];
  const traced: number[] = [];
  let last: Measured = {};
  for (let pair = 0; pair < how.pairs; pair++) {
    const watched = await Watched.start(of, how.place);
    if (typeof watched === "string") return watched;
    const { value, parts } = await watched.during(how.run);
    traced.push(value);
    last = costs(parts, await watched.stop());
    untraced.push(await how.run());
  }
  return {
    rate: spreadOf(traced),
    untracedRate: spreadOf(untraced),
    ratio: spreadOf(ratios(untraced, traced)),
    ...last,
  };
}

async function beside(of: Contestant, place: Place, load: () => Promise<number | null>): Promise<Measured> {
  const watched = await Watched.start(of, place);
  if (typeof watched === "string") return watched;
  const { value, parts } = await watched.during(load);
  return { rate: value, ...costs(parts, await watched.stop()) };
}

/** CPU of the tracer (bpftrace, or the only process) and of node; memory of both and of the kernel's maps and buffers. */
function costs(parts: readonly Part[], { attachMs, lines, lost }: Tally): NonNullable<Line["figures"]> {
  const node = parts.find(({ comm }) => comm === "node");
  const tracers = parts.filter((part) => part !== node);
  const cpu = (of: readonly Part[]) => of.reduce((sum, { cpuMs }) => sum + cpuMs, 0);
  const share = (of: readonly Part[]) => 100 * of.reduce((sum, part) => sum + part.share, 0);
  const bytes = (pick: (part: Part) => number) => parts.reduce((sum, part) => sum + pick(part), 0);
  return {
    tracerCpuPercent: share(tracers),
    nodeCpuPercent: node === undefined ? null : share([node]),
    tracerMsPer100kLines: lines > 0 ? (cpu(tracers) / lines) * 1e5 : null,
    nodeMsPer100kLines: node === undefined || lines === 0 ? null : (node.cpuMs / lines) * 1e5,
    peakMb: bytes(({ peakBytes }) => peakBytes) / 1e6,
    mapsMb: bytes(({ memlockBytes }) => memlockBytes) / 1e6,
    attachMs,
    lines,
    lost,
  };
}

async function idle(seconds: number): Promise<null> {
  await new Promise((resolve) => setTimeout(resolve, seconds * 1_000));
  return null;
}
