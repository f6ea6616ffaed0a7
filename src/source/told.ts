/**
 * The event that a tuple tells, of a socket of which so much is known. Each field is spelled out and `seq` has its room from
 * the start: spreads and fields added later make objects that are slow to make and slow to read, and here all of them are made.
 */
import type { Address, CloseEvent, Hook, OpenEvent, ShutdownEvent, SocketEvent, Unnumbered } from "../model/event.ts";
import type { PathEvent, Role } from "../model/site.ts";
import type { TcpState } from "../model/state.ts";
import type { RawOfSocket, RawState } from "../wire/raw.ts";

/** What lives on from tuple to tuple of one socket, for those that do not carry it. */
export type Known = {
  readonly id: string;
  local: Address | null;
  remote: Address | null;
  netns: number | null;
  /** Null until it has, or had, a file. */
  inode: number | null;
  establishedUs: number | null;
};

export type Of<T extends RawOfSocket["tag"]> = Extract<RawOfSocket, { tag: T }>;
export type Unplaced = Unnumbered<SocketEvent>;

const LEARNED: Readonly<Record<number, Hook>> = {
  1: "inet_csk_accept",
  2: "security_sock_graft",
  3: "sys_exit_accept",
  4: "inet_sock_set_state",
};
/** What an `opened` says of a socket that was seen to connect. */
const BY_CONNECT = 4;
/** As probes/sites.bt numbers them. */
const ROLES: Readonly<Record<number, Role>> = { 1: "opened", 2: "eof-read", 3: "last-used" };
const SHUTDOWN_HOW: Readonly<Record<number, ShutdownEvent["how"]>> = { 1: "read", 2: "write", 3: "both" };
/** PF_EXITING, include/linux/sched.h (Linux 6.12). */
const PF_EXITING = 4;

/** Lean: a move told late, with the time at which it was made. */
export function pastMoveOf(
  { id, local, remote, netns, inode }: Known,
  { ns, ...move }: { readonly ns: number; readonly from: TcpState; readonly to: TcpState; readonly recvQ?: number },
): Unplaced {
  return { type: "state", atUs: toUs(ns), sock: id, local, remote, netns, inode, ...move, seq: 0 };
}

export function moveOf({ id, local, remote, netns }: Known, { ns, inode, from, to }: RawState): Unplaced {
  return { type: "state", atUs: toUs(ns), sock: id, local, remote, netns, inode, from, to, seq: 0 };
}

export function impliedOf(
  { id, local, remote, netns, inode }: Known,
  { ns }: RawOfSocket,
  from: TcpState,
  to: TcpState,
): Unplaced {
  return { type: "state", atUs: toUs(ns), sock: id, local, remote, netns, inode, from, to, inferred: true, seq: 0 };
}

export function openOf(of: Known, raw: Of<"connect"> | Of<"accept">): Unplaced {
  const accepted = raw.tag === "accept";
  const atUs = toUs(raw.ns);
  const event: Unnumbered<OpenEvent> = {
    type: "open",
    atUs,
    sock: of.id,
    local: of.local,
    remote: of.remote,
    netns: of.netns,
    inode: of.inode,
    pid: raw.pid,
    tid: raw.tid,
    comm: raw.comm,
    how: raw.tag,
    fd: raw.fd >= 0 ? raw.fd : null,
    queuedUs: accepted && of.establishedUs !== null ? Math.max(0, atUs - of.establishedUs) : null,
    learned: accepted ? (LEARNED[raw.learned] ?? "sys_exit_accept") : "inet_sock_set_state",
    seq: 0,
  };
  return event;
}

/** Lean: who opened it, told late. */
export function pastOpenOf({ id, local, remote, netns, inode }: Known, opened: Of<"opened">): Unplaced {
  const { at, pid, tid, comm, fd, learned } = opened;
  return {
    type: "open",
    atUs: toUs(at),
    sock: id,
    local,
    remote,
    netns,
    inode,
    pid,
    tid,
    comm,
    how: learned === BY_CONNECT ? "connect" : "accept",
    fd: fd >= 0 ? fd : null,
    queuedUs: null,
    learned: LEARNED[learned] ?? "sys_exit_accept",
    seq: 0,
  };
}

export function readOf({ id, local, remote, netns, inode }: Known, { ns, pid, tid, comm }: Of<"read">): Unplaced {
  return { type: "read", atUs: toUs(ns), sock: id, local, remote, netns, inode, pid, tid, comm, fd: null, seq: 0 };
}

export function shutdownOf(of: Known, { ns, pid, tid, comm, how }: Of<"shutdown">): Unplaced {
  return {
    type: "shutdown",
    atUs: toUs(ns),
    sock: of.id,
    local: of.local,
    remote: of.remote,
    netns: of.netns,
    inode: of.inode,
    pid,
    tid,
    comm,
    how: SHUTDOWN_HOW[how] ?? "both",
    fd: null,
    seq: 0,
  };
}

/** Undefined for a role of a later version. */
export function pathOf({ id, local, remote, netns, inode }: Known, raw: Of<"path">): Unnumbered<PathEvent> | undefined {
  const role = ROLES[raw.role];
  if (role === undefined) return undefined;
  return { type: "path", atUs: toUs(raw.ns), sock: id, local, remote, netns, inode, role, site: raw.site, seq: 0 };
}

/** A holder lets go. */
export function closeOf(of: Known, { ns, pid, tid, comm, how, flags }: Of<"close">): Unplaced {
  return {
    type: "close",
    atUs: toUs(ns),
    sock: of.id,
    local: of.local,
    remote: of.remote,
    netns: of.netns,
    inode: of.inode,
    pid,
    tid,
    comm,
    how: how === 2 ? "tcp_close" : "close",
    fd: null,
    exiting: isExiting(flags),
    seq: 0,
  };
}

/** It is over; `who` made it so, where that is known. */
export function endOf(
  of: Known,
  { ns }: RawOfSocket,
  how: CloseEvent["how"],
  who: Of<"destroy"> | null = null,
): Unplaced {
  return {
    type: "close",
    atUs: toUs(ns),
    sock: of.id,
    local: of.local,
    remote: of.remote,
    netns: of.netns,
    inode: of.inode,
    pid: who === null ? null : who.pid,
    tid: who === null ? null : who.tid,
    comm: who === null ? null : who.comm,
    how,
    fd: null,
    exiting: who === null ? null : isExiting(who.flags),
    seq: 0,
  };
}

function isExiting(flags: number): boolean {
  return (flags & PF_EXITING) !== 0;
}

export function toUs(ns: number): number {
  return Math.floor(ns / 1000);
}
