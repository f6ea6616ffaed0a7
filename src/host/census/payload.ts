/** From what was found to the stream's events, less `seq`: who puts them into a stream counts them. */
import type { CensusEvent, NoHolder, RoundEvent } from "../../model/census.ts";
import type { SightEvent, Unnumbered } from "../../model/event.ts";
import type { Closed } from "./closed.ts";
import type { Row } from "./row.ts";
import type { FoundHolder, WalkResult } from "./walk.ts";

export type CensusPayload = Unnumbered<SightEvent>;
export type RoundPayload = Unnumbered<RoundEvent>;
export type SocketPayload = Unnumbered<CensusEvent>;

/** A row and where it was found. */
export type Seen = { readonly row: Row; readonly netns: number; readonly round: number };
export type Moment = { readonly atUs: number; readonly round: number };

/** By upper layer protocol. */
const PROTOCOL_ABOVE: Readonly<Record<string, string>> = { mptcp: "MPTCP", tls: "TLS" };

/**
 * Servers that live in the kernel, by their well-known ports: NFS, rpcbind, SMB, iSCSI, NVMe over TCP, Ceph. A socket nobody
 * holds at one of these is said to be the kernel's; nothing in sock_diag says so outright.
 */
const KERNEL_PORTS: ReadonlySet<number> = new Set([111, 445, 2049, 3260, 3300, 4420, 6789]);

export function socketPayload({ atUs, round }: Moment, { row, netns }: Seen, walk: WalkResult): SocketPayload {
  const inode = row.inode ?? 0;
  const without = inode > 0 ? walk.without.get(inode) : undefined;
  // Spelled out: object spread costs 10 µs each, of 20,000.
  return {
    type: "census",
    atUs,
    round,
    sock: nameOf(row, netns),
    local: row.local,
    remote: row.remote,
    netns,
    inode: row.inode,
    cookie: row.cookie,
    state: row.state,
    recvQ: row.recvQ,
    sendQ: row.sendQ,
    timer: row.timer,
    lastSndMs: row.lastSndMs,
    lastRcvMs: row.lastRcvMs,
    lastAckMs: row.lastAckMs,
    segsIn: row.segsIn,
    holders: walk.holders.get(inode) ?? [],
    noHolder: without === undefined ? null : presume(without.reason, row),
    ringPid: without?.ringPid ?? null,
    protocol: PROTOCOL_ABOVE[row.ulp ?? ""] ?? "TCP",
    cgroup: row.cgroup,
  };
}

/** `before`: what the tables said when they still showed it. */
export function gonePayload(
  moment: Moment,
  {
    inode,
    closed,
    holders,
    before,
  }: { inode: number; closed: Closed; holders: readonly FoundHolder[]; before: Seen | undefined },
): SocketPayload {
  const cookie = closed.cookie ?? before?.row.cookie ?? null;
  const netns = closed.netns ?? before?.netns ?? null;
  return {
    type: "census",
    ...moment,
    sock: cookie === null ? `i${netns ?? 0}.${inode}` : `c${cookie}`,
    local: before?.row.local ?? closed.local,
    remote: before?.row.remote ?? closed.remote,
    netns,
    inode,
    cookie,
    state: "CLOSE",
    recvQ: null,
    sendQ: null,
    timer: null,
    lastSndMs: closed.lastSndMs,
    lastRcvMs: closed.lastRcvMs,
    lastAckMs: closed.lastAckMs,
    segsIn: closed.segsIn ?? before?.row.segsIn ?? null,
    holders,
    noHolder: null,
    ringPid: null,
    protocol: closed.protocol,
    cgroup: before?.row.cgroup ?? null,
  };
}

/** The cookie is never reused; an inode is after 2^32 others, an address at once. */
function nameOf({ cookie, inode, local, remote }: Row, netns: number): string {
  if (cookie !== null) return `c${cookie}`;
  if (inode !== null && inode > 0) return `i${netns}.${inode}`;
  return `t${netns}.${local?.addr}.${local?.port}.${remote?.addr}.${remote?.port}`;
}

function presume(reason: NoHolder, { local, remote }: Row): NoHolder {
  const known = KERNEL_PORTS.has(local?.port ?? 0) || KERNEL_PORTS.has(remote?.port ?? 0);
  return reason === "not-found" && known ? "kernel" : reason;
}
