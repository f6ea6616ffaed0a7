/** Snapshot and analysis → the findings document. Pure: wall-clock times are what the stream's ticks told. */
import type { Snapshot } from "../model/snapshot.ts";
import { adviceOf } from "./advice.ts";
import { clausesOf } from "./clauses.ts";
import type { Analysis, Finding, Growth } from "./finding.ts";
import type {
  DocumentFinding,
  DocumentSite,
  DocumentThreads,
  FindingsDocument,
  Observed,
  Standing,
} from "./findings-document.ts";
import { nextOf } from "./next.ts";
import { sitesUnknownOf } from "./site-notes.ts";
import type { FindingSite } from "./sites.ts";
import { documentSocket, wholeMs } from "./socket-document.ts";

export type DocumentOptions = {
  /** Sockets told per finding, worst first; 0 for none. */
  readonly sockets: number;
};

export const DEFAULT_DOCUMENT_OPTIONS: DocumentOptions = { sockets: 10 };
/** Of each list of a finding: a process can have 60,000 peers. Peers and ports left out are counted. */
const SHOWN = 20;

export function documentOf(
  analysis: Analysis,
  snapshot: Snapshot,
  options: DocumentOptions = DEFAULT_DOCUMENT_OPTIONS,
): FindingsDocument {
  const findings = analysis.findings.map((finding) => documentFinding(finding, options));
  const worth = findings.filter(({ standing }) => standing !== "listed");
  const sure = worth.filter(({ leak, confidence }) => leak && confidence !== "possible");
  const { recording } = snapshot;
  return {
    schema: 1,
    summary: {
      verdict: analysis.verdict,
      leaked: socketsIn(sure),
      suspects: socketsIn(worth) - socketsIn(sure),
      worst: worth[0]?.id ?? null,
      text: analysis.text,
    },
    host: {
      name: recording?.host ?? null,
      bootId: recording?.bootId ?? null,
      kernel: recording?.kernel ?? null,
    },
    observed: observedOf(analysis, snapshot),
    findings,
    observations: analysis.observations,
    totals: totalsOf(analysis, snapshot),
  };
}

function socketsIn(findings: readonly DocumentFinding[]): number {
  return findings.reduce((sum, { count }) => sum + count, 0);
}

function standingOf({ leak, sockets }: Finding): Standing {
  if (leak) return "leak";
  return sockets.some(({ standing }) => standing === "suspect") ? "suspect" : "listed";
}

function observedOf({ complete, why }: Analysis, snapshot: Snapshot): Observed {
  const { sinceUs, atUs, wallMs, mode, attachment, gaps, census } = snapshot;
  return {
    from: wallMs === null ? null : isoOf(wallMs - (atUs - sinceUs) / 1000),
    to: wallMs === null ? null : isoOf(wallMs),
    fromUs: sinceUs,
    toUs: atUs,
    mode,
    attachment,
    lost: gaps.lost,
    complete,
    why,
    census: census && {
      rounds: census.rounds,
      lastUs: census.last.toUs,
      namespaces: (census.lastFull ?? census.last).netns.length,
    },
  };
}

/** Null for what a recording calls a time and is none: toISOString would throw. */
function isoOf(wallMs: number): string | null {
  const date = new Date(wallMs);
  return Number.isNaN(date.getTime()) ? null : date.toISOString();
}

function totalsOf(
  { oldestCloseWaitMs }: Analysis,
  { books, byState, listeners }: Snapshot,
): FindingsDocument["totals"] {
  const { opened, standing, closed, live, lost } = books;
  const oldestMs = oldestCloseWaitMs === null ? null : Math.floor(oldestCloseWaitMs);
  return { byState, opened, standing, closed, live, lost, listeners, oldestCloseWaitMs: oldestMs };
}

function documentFinding(finding: Finding, { sockets }: DocumentOptions): DocumentFinding {
  const { id, kind, leak, confidence, because, process, attributedBy, count, side, queue, epoll } = finding;
  const { localPorts, peers } = finding;
  return {
    id,
    kind,
    leak,
    standing: standingOf(finding),
    confidence,
    because,
    evidence: clausesOf(finding),
    process,
    attributedBy,
    count,
    oldest: wholeMs(finding.oldest),
    ...growthOf(finding.growth),
    curve: finding.curve,
    fds: finding.fds,
    side,
    localPorts: localPorts.slice(0, SHOWN),
    localPortsOmitted: Math.max(0, localPorts.length - SHOWN),
    peers: peers.slice(0, SHOWN),
    peersOmitted: Math.max(0, peers.length - SHOWN),
    queue,
    epoll,
    sites: finding.sites.slice(0, SHOWN).map(documentSite),
    sitesOmitted: Math.max(0, finding.sites.length - SHOWN),
    sitesUnknown: sitesUnknownOf(finding),
    threads: finding.threads.slice(0, SHOWN).map(documentThreads),
    lookAgainMs: finding.lookAgainMs,
    sockets: finding.sockets.slice(0, sockets).map((judged) => documentSocket(judged, process?.pid ?? null)),
    advice: adviceOf(finding),
    next: nextOf(finding),
  };
}

function growthOf(growth: Growth): Pick<DocumentFinding, "growth" | "growthUnknown"> {
  if (growth.perHour === null) return { growth: null, growthUnknown: growth.why };
  const { perHour, windowMs, method } = growth;
  return { growth: { perHour, windowMs: Math.round(windowMs), method }, growthUnknown: null };
}

function documentSite({ frames, closedAt, ...site }: FindingSite): DocumentSite {
  const closes = closedAt.slice(0, SHOWN).map((close) => ({ frames: close.frames ?? [], count: close.count }));
  return { ...site, closedAt: closes, frames: frames ?? [] };
}

function documentThreads({ waitsFor, ...group }: Finding["threads"][number]): DocumentThreads {
  return { ...group, waitsFor: waitsFor && flatWait(waitsFor) };
}

/** Of a listener, which has no far end, its own address. */
function flatWait(waits: NonNullable<Finding["threads"][number]["waitsFor"]>): DocumentThreads["waitsFor"] {
  const { fd, local, remote, state, silentMs } = waits;
  const end = remote ?? local;
  return { fd, addr: end?.addr ?? null, port: end?.port ?? null, state, silentMs };
}
