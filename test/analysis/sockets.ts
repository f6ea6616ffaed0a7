/** Sockets and snapshots made by hand, for truth tables: each row says only what matters to it. */
import type { Judged } from "../../src/analysis/finding.ts";
import type { CensusEvent, Holder, ProcessEvent, RoundEvent } from "../../src/model/census.ts";
import type { RecordingEvent } from "../../src/model/event.ts";
import type { CensusView, ListenerView, Owner, ProcessView, Snapshot, SocketView } from "../../src/model/snapshot.ts";
import { Tracker } from "../../src/model/tracker.ts";
import { recording } from "../model/lives.ts";

export const SECOND_US = 1_000_000;
export const OWNER: Owner = { pid: 4121, tid: 4130, comm: "python3", fd: 7, learned: "inet_csk_accept" };

let made = 0;

/** In CLOSE_WAIT for 61 s, accepted, its whole life seen. */
export function socket(over: Partial<SocketView> = {}): SocketView {
  made += 1;
  const ends = { local: { addr: "10.0.0.1", port: 8080 }, remote: { addr: "10.0.0.9", port: 40_000 + made } };
  const flags = {
    traced: true,
    sight: null,
    halfway: false,
    acrossGap: false,
    eofRead: false,
    recvQ: null,
    shutdown: false,
    letGo: false,
    openedAt: null,
    eofReadAt: null,
    lastUsedAt: null,
  };
  const ages = { inStateUs: 61 * SECOND_US, peerClosedUs: 61 * SECOND_US, firstSeenUs: 0 };
  const what = { side: "accept", state: "CLOSE_WAIT", owner: OWNER, netns: 1, inode: 500 + made } as const;
  return { id: `s${made}`, ...ends, ...flags, ...ages, ...what, steps: [], droppedSteps: 0, ...over };
}

export function aged(seconds: number, over: Partial<SocketView> = {}): SocketView {
  return socket({ inStateUs: seconds * SECOND_US, peerClosedUs: seconds * SECOND_US, ...over });
}

/** The instant of every snapshot here. */
export const AT_US = 100 * SECOND_US;
export const HELD: Holder = { pid: 4121, fd: 7, epoll: null };

export type Seen = Partial<CensusEvent> & { readonly rounds?: number; readonly sinceUs?: number };

/**
 * No probe ever told of it: a census sees it now, for the first time. By default in CLOSE_WAIT since 61 s by its stamps, its
 * FIN unread, held by the process.
 */
export function standing(over: Seen = {}, view: Partial<SocketView> = {}): SocketView {
  const { rounds = 1, sinceUs = AT_US, ...told } = over;
  const state = told.state ?? "CLOSE_WAIT";
  const owner = { ...OWNER, learned: "census" } as const;
  const unseen = { traced: false, halfway: true, side: null, peerClosedUs: null, inStateUs: AT_US - sinceUs, owner };
  const of = socket({ ...unseen, state, ...view });
  const stamps = { lastSndMs: 61_500, lastRcvMs: 61_400, lastAckMs: 61_000, segsIn: 4 };
  const queues = { recvQ: 1, sendQ: 0, timer: "off" } as const;
  const what = {
    sock: of.id,
    local: of.local,
    remote: of.remote,
    netns: of.netns,
    inode: of.inode,
    cookie: null,
    state,
  };
  const held = { holders: [HELD], noHolder: null, ringPid: null, protocol: "TCP", cgroup: null };
  const event = { type: "census", atUs: AT_US, seq: 1, round: 1, ...what, ...queues, ...stamps, ...held } as const;
  return { ...of, sight: { seen: { ...event, ...told }, sinceUs, rounds } };
}

export function round(over: Partial<RoundEvent> = {}): RoundEvent {
  const when = { atUs: AT_US, seq: 1, round: 1, fromUs: AT_US, toUs: AT_US };
  return {
    type: "round",
    ...when,
    scope: "full",
    netns: [1],
    sockets: 1,
    byState: {},
    costMs: 0,
    nextMs: null,
    why: [],
    ...over,
  };
}

/** One full round of namespace 1. */
export function census(over: Partial<CensusView> = {}): CensusView {
  const corrections = { owner: 0, state: 0, closed: 0, added: 0 };
  return { rounds: 1, last: round(), lastFull: round(), corrections, ...over };
}

export function listener(over: Partial<ListenerView> = {}): ListenerView {
  const local = { addr: "0.0.0.0", port: 8080 };
  return { local, netns: 1, pids: [4121], queue: 0, backlog: 128, atUs: AT_US, ...over };
}

export function facts(over: Partial<ProcessEvent> = {}): ProcessEvent {
  const names = { comm: "python3", exe: "/usr/bin/python3", exeDeleted: false, args: [], uid: 0, user: "root" };
  const where = { ppid: 1, unit: null, container: null, pod: null, netns: 1, pidInContainer: null };
  return { type: "process", atUs: AT_US, seq: 1, pid: 4121, startedUs: 0, ...names, ...where, ...over };
}

export function judged(seconds: number, over: Partial<Judged> = {}): Judged {
  const what = { kind: "eof-ignored", standing: "leak", confidence: "certain", because: "" } as const;
  const age = { minMs: seconds * 1000, maxMs: seconds * 1000, basis: "traced" } as const;
  return { socket: aged(seconds), age, ...what, ...over };
}

export function process(over: Partial<ProcessView> = {}): ProcessView {
  const told = { facts: null, limits: null, threads: null, history: [], late: null };
  const counts = { live: 1, opened: 97, closed: 74, hasClosed: (over.closed ?? 74) > 0 };
  return { pid: 4121, comm: "python3", ...told, ...counts, byState: {}, unclosed: [], ...over };
}

export type SnapshotOver = Partial<Snapshot> & { readonly attachment?: RecordingEvent["attachment"] };

/** Watched for 100 s in full mode through fentry; nothing lost. */
export function snapshot(over: SnapshotOver = {}): Snapshot {
  const atUs = AT_US;
  const record = recording(0);
  const empty = new Tracker().snapshot(atUs);
  const { attachment = record.attachment, mode = record.mode } = over;
  const heard = { ...record, attachment: attachment ?? "fentry", mode: mode ?? "full" };
  const books = { opened: 97, standing: 0, closed: 96, live: 1, lost: 0 };
  return { ...empty, sinceUs: 0, events: 500, recording: heard, attachment, mode, tracedSinceUs: 0, books, ...over };
}
