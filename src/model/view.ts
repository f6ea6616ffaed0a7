/** From the tracker's own records to the plain data of a snapshot. */
import { ageStartUs, type Endpoint, UNSEEN } from "./endpoint.ts";
import type { Process } from "./processes.ts";
import type { ProcessView, Snapshot, SocketView } from "./snapshot.ts";

/** Sockets listed for the one process asked for: what a person can scroll through. */
export const DETAIL_LIMIT = 1000;

/** The instant of a snapshot, and how many gaps the stream has had by then. */
export type Instant = { readonly atUs: number; readonly gaps: number };

export function socketView(of: Endpoint, now: Instant): SocketView {
  // Spelled out: spread makes objects that are slow to make and to read, twenty thousand times a second.
  return {
    id: of.id,
    local: of.local,
    remote: of.remote,
    netns: of.netns,
    inode: of.inode,
    side: of.side,
    state: of.state,
    firstSeenUs: of.firstSeenUs,
    halfway: of.halfway,
    owner: of.owner,
    eofRead: of.eofRead,
    recvQ: of.recvQ === UNSEEN ? null : of.recvQ,
    shutdown: of.shutdown,
    letGo: of.letGo,
    sight: of.sight,
    traced: of.traced,
    openedAt: of.openedAt === UNSEEN ? null : of.openedAt,
    eofReadAt: of.eofReadAt === UNSEEN ? null : of.eofReadAt,
    lastUsedAt: of.lastUsedAt === UNSEEN ? null : of.lastUsedAt,
    inStateUs: sinceUs(of.stateSinceUs, now),
    peerClosedUs: of.peerClosedUs === UNSEEN ? null : sinceUs(of.peerClosedUs, now),
    acrossGap: of.gapsAtAge !== now.gaps,
    steps: of.timeline.share(),
    droppedSteps: of.timeline.dropped,
  };
}

/** Never negative: a view may be asked for an instant before a late event. */
function sinceUs(thenUs: number, now: Instant): number {
  return Math.max(0, now.atUs - thenUs);
}

/** Oldest first; the id decides between equals, so that a replay shows the same order. */
export function oldestFirst(endpoints: Iterable<Endpoint>, now: Instant): readonly SocketView[] {
  const sorted = [...endpoints].sort((a, b) => ageStartUs(a) - ageStartUs(b) || (a.id < b.id ? -1 : 1));
  return sorted.map((endpoint) => socketView(endpoint, now));
}

export function processView(of: Process, now: Instant): ProcessView {
  const { pid, comm, opened, closed } = of;
  const unclosed = oldestFirst(of.unclosed, now);
  return {
    pid,
    comm,
    facts: of.facts,
    limits: of.limits,
    threads: of.threads,
    history: of.history.view(),
    live: of.live.size,
    late: of.late,
    opened,
    closed,
    hasClosed: of.hasClosed || closed > 0,
    byState: of.states.view(),
    unclosed,
  };
}

/** Who holds those of the sockets that more than one process holds. */
export function sharersOf(unclosed: Iterable<Endpoint>): readonly number[] {
  const pids: number[] = [];
  for (const { sight } of unclosed) {
    if (sight === null || sight.seen.holders.length < 2) continue;
    for (const { pid } of sight.seen.holders) pids.push(pid);
  }
  return pids;
}

/** Its live sockets in the order in which it opened them. */
export function detailView(pid: number, of: Process | undefined, now: Instant): Snapshot["detail"] {
  const sockets: SocketView[] = [];
  for (const endpoint of of?.live ?? []) {
    if (sockets.length === DETAIL_LIMIT) break;
    sockets.push(socketView(endpoint, now));
  }
  return { pid, sockets, omitted: (of?.live.size ?? 0) - sockets.length };
}
