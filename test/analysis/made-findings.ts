/** Findings made by hand: each test says only what matters to it. */
import type { Analysis, Culprit, Finding, Judged } from "../../src/analysis/finding.ts";
import type { DocumentSite } from "../../src/analysis/findings-document.ts";
import type { CensusEvent, Holder, ThreadGroup } from "../../src/model/census.ts";
import type { SocketView } from "../../src/model/snapshot.ts";
import { judged, socket } from "./sockets.ts";

const HOUR_MS = 3_600_000;

export function culprit(over: Partial<Culprit> = {}): Culprit {
  const who = {
    pid: 4121,
    startedUs: 5_000_000,
    comm: "java",
    exe: "/usr/bin/java",
    args: ["java", "-jar", "shop.jar"],
  };
  const where = { user: "shop", unit: "checkout.service", container: null, pod: null, netns: 4_026_531_840 };
  return { ...who, ...where, ...over };
}

export function threads(over: Partial<ThreadGroup> = {}): ThreadGroup {
  const where = { state: "S", wchan: "futex_wait_queue", syscall: "futex", waitsFor: null };
  return { count: 200, tids: [4130, 4131], name: "http-nio-*", ...where, ...over };
}

/** As a census saw it. */
export function seen(over: Partial<CensusEvent> = {}): CensusEvent {
  const ends = { local: { addr: "10.0.0.1", port: 40_001 }, remote: { addr: "10.0.3.4", port: 443 } };
  const stamps = { lastSndMs: 9_000, lastRcvMs: 8_000, lastAckMs: 8_000, segsIn: 4, timer: "off" } as const;
  const owner = { holders: [holder()], noHolder: null, ringPid: null, protocol: "TCP", cgroup: null };
  const which = { sock: "c1", round: 1, netns: 4_026_531_840, inode: 70_017, cookie: "1" };
  const what = { type: "census", atUs: 0, seq: 1, state: "CLOSE_WAIT", recvQ: 1, sendQ: 0 } as const;
  return { ...what, ...which, ...ends, ...stamps, ...owner, ...over };
}

export function holder(over: Partial<Holder> = {}): Holder {
  return { pid: 4121, fd: 17, epoll: "no-read", ...over };
}

/** A leak of the connect side, seen by a census. */
export function stuck(over: Partial<SocketView> = {}, sight: Partial<CensusEvent> = {}): Judged {
  const census = seen(sight);
  const { local, remote, inode } = census;
  const view = socket({
    side: "connect",
    owner: null,
    local,
    remote,
    inode,
    sight: { seen: census, sinceUs: 0, rounds: 1 },
    ...over,
  });
  const age = { minMs: 52 * HOUR_MS, maxMs: null, basis: "tcp_info" } as const;
  return judged(61, { socket: view, kind: "eof-unread", confidence: "likely", age });
}

/** design.md's first screen. */
export function finding(over: Partial<Finding> = {}): Finding {
  return {
    id: "checkout.service eof-unread 10.0.3.4:443",
    kind: "eof-unread",
    leak: true,
    confidence: "likely",
    because: "the peer closed and nobody has read since",
    process: culprit(),
    attributedBy: "holder",
    count: 6_021,
    oldest: { minMs: 52 * HOUR_MS, maxMs: null, basis: "tcp_info" },
    growth: { perHour: 71, windowMs: 52 * HOUR_MS, method: "ages" },
    fds: { used: 61_204, limit: 65_536, exhaustedInMs: 61 * HOUR_MS },
    side: "connect",
    localPorts: [],
    peers: [{ addr: "10.0.3.4", port: 443, count: 6_021 }],
    epoll: { none: 0, noRead: 6_021, read: 0 },
    sites: [],
    sitesAsked: false,
    threads: [threads()],
    queue: null,
    curve: null,
    lookAgainMs: null,
    sockets: [stuck()],
    ...over,
  };
}

const OWNER = { pid: 812, tid: 812, comm: "python3", fd: 7, learned: "census" } as const;

/** A small leak of the accept side, traced. */
export function smallFinding(over: Partial<Finding> = {}): Finding {
  return finding({
    id: "api.service eof-ignored 8080",
    kind: "eof-ignored",
    confidence: "certain",
    because: "read returned 0, no close for 61 s",
    process: culprit({
      pid: 812,
      comm: "python3",
      exe: "/usr/bin/python3.11",
      args: ["python3", "api.py"],
      unit: "api.service",
    }),
    count: 40,
    oldest: { minMs: 61_400, maxMs: 61_400, basis: "traced" },
    growth: { perHour: 2_360, windowMs: 61_000, method: "ages" },
    fds: { used: 57, limit: 1_024, exhaustedInMs: 24 * 60_000 },
    side: "accept",
    localPorts: [{ port: 8080, count: 40 }],
    peers: [{ addr: "10.0.0.9", port: 0, count: 40 }],
    epoll: { none: 0, noRead: 0, read: 40 },
    threads: [threads({ count: 1, tids: [812], name: "python3", syscall: "epoll_wait" })],
    sockets: [
      judged(61, { socket: socket({ owner: OWNER, remote: { addr: "10.0.0.9", port: 51_234 }, inode: 70_007 }) }),
    ],
    ...over,
  });
}

export function suspectFinding(over: Partial<Finding> = {}): Finding {
  const [socket] = smallFinding().sockets;
  const sockets = socket === undefined ? [] : [{ ...socket, standing: "suspect" as const }];
  const quiet = { growth: { perHour: null, why: "2 more since the first: too few for a rate" } as const, count: 3 };
  const young = { oldest: { minMs: 20_000, maxMs: null, basis: "first-seen" } as const, lookAgainMs: 40_000 };
  return smallFinding({ leak: false, confidence: "possible", ...quiet, ...young, sockets, ...over });
}

export function analysisOf(findings: readonly Finding[], over: Partial<Analysis> = {}): Analysis {
  const verdict = findings.some(({ leak }) => leak) ? "leak" : findings.length > 0 ? "suspect" : "clean";
  return {
    verdict,
    text: "java 4121 leaks",
    suspects: [],
    findings,
    observations: [],
    oldestCloseWaitMs: null,
    complete: true,
    why: [],
    ...over,
  };
}

/** A path on which 3 sockets were opened, all of which leaked. */
export function site(over: Partial<DocumentSite> = {}): DocumentSite {
  return {
    ...{ role: "opened", leaked: 3, opened: 3, sampled: false, dispatcher: false },
    closedAt: [],
    notes: [],
    standing: [],
    frames: [],
    ...over,
  };
}
