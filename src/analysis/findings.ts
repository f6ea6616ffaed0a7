/** What people act on: the unclosed sockets of one process, one kind, one side. */
import type { CensusEvent } from "../model/census.ts";
import type { ListenerView, ProcessView } from "../model/snapshot.ts";
import { oldestOf } from "./age.ts";
import { attributionOf, culpritOf } from "./culprit.ts";
import { curveOf } from "./curve.ts";
import type { Evidence } from "./evidence.ts";
import type { Confidence, Culprit, Finding, Judged, Thresholds } from "./finding.ts";
import { groupsOf } from "./groups.ts";
import { growthOf } from "./growth.ts";
import type { Household } from "./households.ts";
import { limitOf } from "./limit.ts";
import { listenersOf } from "./listeners.ts";
import { isHalf, pastOf } from "./past.ts";
import { compareText, peersOf, towardsSame } from "./peers.ts";
import { sitesOf } from "./sites.ts";
import { idleMs } from "./standing.ts";

/** `sockets`: of the household, judged, worst first. What is listed only, and young, is on its way to being closed. */
export function findingsOf(household: Household, sockets: readonly Judged[], evidence: Evidence): readonly Finding[] {
  const { suspectMs } = evidence.thresholds;
  const worth = sockets.filter((of) => of.standing !== "listed" || (of.age.minMs >= suspectMs && !isStray(of)));
  const groups = [...groupsOf(worth, ({ kind }) => kind).values()].flatMap((of) => [
    ...groupsOf(of, ({ socket }) => socket.side).values(),
  ]);
  return groups.map((group) => findingOf(household.process, group, worth, evidence));
}

/** An fd of which nothing shows that it was a connection is nobody's finding. */
function isStray({ kind, standing }: Judged): boolean {
  return kind === "gone-unclosed" && standing === "listed";
}

function findingOf(
  process: ProcessView | null,
  sockets: readonly Judged[],
  all: readonly Judged[],
  evidence: Evidence,
): Finding {
  const [worst] = sockets as readonly [Judged, ...Judged[]];
  const { kind } = worst;
  const { side } = worst.socket;
  const leak = worst.standing === "leak";
  const counted = leak ? sockets.filter(({ standing }) => standing === "leak") : sockets;
  const growth = growthOf(pastOf(kinOf(counted, all), process?.history ?? []), evidence.thresholds);
  const culprit = process === null ? null : culpritOf(process, counted);
  const localPorts = side === "accept" ? portsOf(counted) : [];
  const peers = peersOf(counted);
  const best = counted.reduce((a, b) => (RANK[b.confidence] < RANK[a.confidence] ? b : a));
  return {
    id: idOf({ culprit, kind, side, localPorts, peers }),
    ...{ kind, side, leak, confidence: best.confidence, because: best.because },
    process: culprit,
    attributedBy: process === null ? null : attributionOf(counted, process.pid),
    count: counted.length,
    oldest: oldestOf(counted) ?? worst.age,
    growth,
    fds: limitOf(process?.limits ?? null, growth),
    ...{ localPorts, peers },
    epoll: epollOf(counted, process?.pid ?? null),
    sites: sitesOf(counted, evidence.code),
    sitesAsked: evidence.traced && (evidence.code.counted || evidence.code.sites.size > 0),
    threads: process?.threads?.groups ?? [],
    queue: queueOf(counted, evidence),
    curve: curveOf(counted),
    lookAgainMs: leak ? null : lookAgainMs(counted, evidence.thresholds),
    sockets,
  };
}

const RANK: Readonly<Record<Confidence, number>> = { certain: 0, likely: 1, possible: 2 };

/** Those of the process that share side and peers with them: keepalive makes of one kind another. */
function kinOf(counted: readonly Judged[], all: readonly Judged[]): readonly Judged[] {
  const [first] = counted;
  if (first === undefined || isHalf(first) || counted.length === all.length) return counted;
  const isKin = towardsSame(counted);
  return all.filter((of) => !isHalf(of) && isKin(of.socket));
}

/** The same over restarts, as far as the program and its ports are. */
function idOf({
  culprit,
  kind,
  side,
  localPorts,
  peers,
}: Pick<Finding, "kind" | "side" | "localPorts" | "peers"> & { readonly culprit: Culprit | null }): string {
  const who = culprit === null ? "nobody" : (culprit.unit ?? culprit.exe ?? culprit.comm);
  const [port] = localPorts;
  const [peer] = peers;
  if (side === "accept" && port !== undefined) return `${who} ${kind} :${port.port}`;
  return `${who} ${kind} ${peer === undefined ? "-" : `${peer.addr}:${peer.port}`}`;
}

/** Most first. */
function portsOf(sockets: readonly Judged[]): Finding["localPorts"] {
  const ports = new Map<number, number>();
  for (const { socket } of sockets) {
    if (socket.local !== null) ports.set(socket.local.port, (ports.get(socket.local.port) ?? 0) + 1);
  }
  return [...ports].map(([port, count]) => ({ port, count })).sort((a, b) => b.count - a.count || a.port - b.port);
}

/** Of a socket that several fds are, the best watch counts: one that is read is read. */
function epollOf(sockets: readonly Judged[], pid: number | null): Finding["epoll"] {
  const counts = { none: 0, noRead: 0, read: 0 };
  for (const { socket } of sockets) {
    const watch = watchBy(pid, socket.sight?.seen.holders ?? []);
    if (watch === "read") counts.read += 1;
    else if (watch === "no-read") counts.noRead += 1;
    else if (watch === "none") counts.none += 1;
  }
  return counts.none + counts.noRead + counts.read > 0 ? counts : null;
}

function watchBy(pid: number | null, holders: CensusEvent["holders"]): CensusEvent["holders"][number]["epoll"] {
  let best: CensusEvent["holders"][number]["epoll"] = null;
  for (const holder of holders) {
    if (holder.pid !== pid || holder.epoll === null) continue;
    if (best === null || WATCH[holder.epoll] > WATCH[best]) best = holder.epoll;
  }
  return best;
}

const WATCH = { none: 0, "no-read": 1, read: 2 } as const;

function queueOf(sockets: readonly Judged[], { listeners }: Evidence): Finding["queue"] {
  const of = sockets.find(({ socket, kind }) => socket.side === "accept" || kind === "never-accepted");
  const door: ListenerView | undefined = of === undefined ? undefined : listenersOf(of.socket, listeners)[0];
  if (door === undefined || door.queue === null || door.backlog === null) return null;
  return { port: door.local.port, length: door.queue, bound: door.backlog };
}

/** Until the oldest suspect is a leak, if it is still there. */
function lookAgainMs(sockets: readonly Judged[], { olderThanMs }: Thresholds): number | null {
  const suspects = sockets.filter(({ standing }) => standing === "suspect");
  if (suspects.length === 0) return null;
  return suspects.reduce((least, of) => Math.min(least, Math.max(0, olderThanMs - idleMs(of))), olderThanMs);
}

/** Leaks, then suspects; by time to limit, then count. The id and the pid decide between equals. */
export function urgentFirst(a: Finding, b: Finding): number {
  const standing = ({ leak, lookAgainMs }: Finding) => (leak ? 0 : lookAgainMs === null ? 2 : 1);
  const untilFull = ({ fds }: Finding) => fds?.exhaustedInMs ?? Number.MAX_VALUE;
  return (
    standing(a) - standing(b) ||
    untilFull(a) - untilFull(b) ||
    b.count - a.count ||
    compareText(a.id, b.id) ||
    (a.process?.pid ?? 0) - (b.process?.pid ?? 0) ||
    compareText(`${a.side}`, `${b.side}`)
  );
}
