/** Snapshot, findings and chronicle → what the page is drawn from. */
import type { Analysis, Judged } from "../../analysis/finding.ts";
import type { FindingsDocument } from "../../analysis/findings-document.ts";
import type { ChronicleView, FdPoint } from "../../model/chronicle.ts";
import type { Snapshot } from "../../model/snapshot.ts";
import { STATE_NAMES } from "../../model/state.ts";
import { barsOf } from "./bars.ts";
import { flamesOf } from "./flames.ts";
import type { PageData } from "./page-data.ts";

/** Processes whose fds are drawn: those of findings first. */
const FD_CURVES = 6;
const MINUTE_MS = 60_000;
const AGES = [
  ["below 5 s", 5_000],
  ["5 s to 1 min", MINUTE_MS],
  ["1 to 10 min", 10 * MINUTE_MS],
  ["10 min to 1 h", 60 * MINUTE_MS],
  ["1 to 6 h", 360 * MINUTE_MS],
  ["6 h to 1 d", 1_440 * MINUTE_MS],
  ["1 d and more", Number.POSITIVE_INFINITY],
] as const;

export type Told = {
  readonly snapshot: Snapshot;
  readonly analysis: Analysis;
  readonly document: FindingsDocument;
  readonly chronicle: ChronicleView;
};

export function pageData({ snapshot, analysis, document, chronicle }: Told): PageData {
  const { sinceUs, atUs, wallMs } = snapshot;
  const seconds = (us: number) => Math.round((us - sinceUs) / 1000) / 1000;
  return {
    document,
    fromUs: sinceUs,
    fromWallMs: wallMs === null ? null : wallMs - (atUs - sinceUs) / 1000,
    seconds: seconds(atUs),
    curves: curvesOf(chronicle, seconds),
    fds: fdsOf({ snapshot, analysis, document, chronicle }, seconds),
    marks: chronicle.marks.map(({ atUs: us, text }) => ({ at: seconds(us), text })),
    gaps: chronicle.gaps.map(({ atUs: us, text }) => ({ at: seconds(us), text })),
    ages: agesOf(analysis),
    flames: flamesOf(analysis, snapshot.code),
    bars: barsOf(analysis, chronicle, sinceUs),
  };
}

function curvesOf({ points }: ChronicleView, seconds: (us: number) => number): PageData["curves"] {
  const states = STATE_NAMES.map((state) => ({ state, counts: points.map(({ byState }) => byState[state] ?? 0) }));
  return {
    at: points.map(({ atUs }) => seconds(atUs)),
    live: points.map(({ live }) => live),
    unclosed: points.map(({ unclosed }) => unclosed),
    states: states.filter(({ counts }) => counts.some((count) => count > 0)),
  };
}

function fdsOf({ snapshot, analysis, chronicle }: Told, seconds: (us: number) => number): PageData["fds"] {
  const names = new Map(snapshot.processes.map(({ pid, comm }) => [pid, comm]));
  const worst = analysis.findings.flatMap(({ process }) => process?.pid ?? []);
  const pids = [...new Set([...worst, ...chronicle.fds.keys()])].slice(0, FD_CURVES);
  return pids.flatMap((pid) => {
    const points: readonly FdPoint[] = chronicle.fds.get(pid) ?? [];
    if (points.length === 0) return [];
    const at = points.map(({ atUs }) => seconds(atUs));
    const name = `${names.get(pid) ?? chronicle.names.get(pid) ?? "process"} ${pid}`;
    return { name, at, used: points.map(({ used }) => used), limit: points.at(-1)?.limit ?? null };
  });
}

function agesOf({ findings }: Analysis): PageData["ages"] {
  const sockets: readonly Judged[] = findings.flatMap((finding) => finding.sockets);
  return AGES.map(([label, belowMs], index) => {
    const fromMs = AGES[index - 1]?.[1] ?? 0;
    const within = sockets.filter(({ age }) => age.minMs >= fromMs && age.minMs < belowMs);
    const leak = within.filter(({ standing }) => standing === "leak").length;
    return { label, leak, other: within.length - leak };
  });
}
