/** Hand-made snapshots and analyses: what the tracker and the analysis would say, without either. */
import type { Analysis, Judged, Kind, Suspect } from "../../src/analysis/finding.ts";
import type { CodeView, SiteView } from "../../src/model/code-paths.ts";
import type { Endings, Snapshot, SocketView, Step } from "../../src/model/snapshot.ts";

export const SECOND = 1_000_000;
const SINCE_US = 1_000 * SECOND;
/** Watched for 4 min 12 s. */
export const AT_US = SINCE_US + 252 * SECOND;

export function socket(id: number, over: Partial<SocketView> = {}): SocketView {
  const age = over.peerClosedUs ?? 61 * SECOND;
  const firstSeenUs = AT_US - age - 2.5 * SECOND;
  return {
    id: `s${id}`,
    local: { addr: "127.0.0.1", port: 8080 },
    remote: { addr: "127.0.0.1", port: 40_000 + id },
    netns: 4026531840,
    inode: 70_000 + id,
    side: "accept",
    state: "CLOSE_WAIT",
    inStateUs: age,
    firstSeenUs,
    halfway: false,
    owner: { pid: 4121, tid: 4130, comm: "python3", fd: 7 + id, learned: "inet_csk_accept" },
    peerClosedUs: age,
    acrossGap: false,
    eofRead: true,
    recvQ: null,
    shutdown: false,
    letGo: false,
    openedAt: null,
    eofReadAt: null,
    lastUsedAt: null,
    sight: null,
    traced: true,
    steps: life(firstSeenUs, AT_US - age),
    droppedSteps: 0,
    ...over,
  };
}

function life(bornUs: number, closeWaitUs: number): Step[] {
  const step = (atUs: number, what: Step["what"], text: string): Step => ({ atUs, what, text, afterGap: false });
  return [
    step(bornUs, "state", "LISTEN → SYN_RECV"),
    step(bornUs + 120, "state", "SYN_RECV → ESTABLISHED"),
    step(bornUs + 900, "open", "accept by 4121/4130 python3 fd 7"),
    step(closeWaitUs, "state", "ESTABLISHED → CLOSE_WAIT"),
    step(closeWaitUs + 300, "read", "read EOF by 4121/4130 python3 fd 7"),
  ];
}

export function judged(of: SocketView, over: Partial<Judged> = {}): Judged {
  const because = "read returned 0, no close for 61 s";
  const agedMs = (of.peerClosedUs ?? of.inStateUs) / 1_000;
  const isTraced = of.peerClosedUs !== null;
  const age = { minMs: agedMs, maxMs: isTraced ? agedMs : null, basis: isTraced ? "traced" : "first-seen" } as const;
  return { socket: of, age, kind: "eof-ignored", standing: "leak", confidence: "certain", because, ...over };
}

export function suspect(pid: number | null, comm: string | null, over: Partial<Suspect> = {}): Suspect {
  return {
    pid,
    comm,
    live: 12,
    opened: 97,
    closed: 85,
    closeWait: 0,
    leaked: 0,
    suspects: 0,
    kinds: {},
    oldest: null,
    fds: null,
    retracted: null,
    growth: { perHour: null, why: "too little to tell" },
    peers: [],
    sockets: [],
    neverCloses: false,
    ...over,
  };
}

export function leaker(count = 23): Suspect {
  const sockets = Array.from({ length: count }, (_, i) =>
    judged(socket(i + 1, { peerClosedUs: (61 + count - i) * SECOND })),
  );
  return suspect(4121, "python3", {
    live: count + 3,
    closed: 0,
    closeWait: count,
    leaked: count,
    kinds: { "eof-ignored": count },
    oldest: { minMs: (61 + count) * 1_000, maxMs: (61 + count) * 1_000, basis: "traced" },
    growth: { perHour: 71, windowMs: 252_000, method: "ages" },
    peers: [{ addr: "127.0.0.1", port: 0, count }],
    sockets,
    neverCloses: true,
  });
}

/** Two leakers, one suspect, the ownerless, two that are well. */
export function suspects(): Suspect[] {
  const kinds: Partial<Record<Kind, number>> = { "eof-unread": 4, "gone-unclosed": 2 };
  const waiting = [socket(901, { owner: null, inode: 0, eofRead: false, peerClosedUs: 70 * SECOND })];
  const young = [judged(socket(801, { peerClosedUs: 8.4 * SECOND }), { standing: "suspect", confidence: "likely" })];
  return [
    leaker(),
    suspect(880, "java", {
      live: 1204,
      closeWait: 4,
      leaked: 6,
      kinds,
      oldest: { minMs: 187_200_000, maxMs: null, basis: "tcp_info" },
      fds: { used: 61_204, limit: 65_536, exhaustedInMs: 220_000_000 },
      growth: { perHour: 0.4, windowMs: 252_000, method: "ages" },
    }),
    suspect(null, null, {
      live: 1,
      closeWait: 1,
      leaked: 1,
      kinds: { "never-accepted": 1 },
      oldest: { minMs: 70_000, maxMs: 70_000, basis: "traced" },
      sockets: waiting.map((one) => judged(one, { kind: "never-accepted", because: "still in the accept queue" })),
    }),
    suspect(2002, "node", {
      closeWait: 1,
      suspects: 1,
      kinds: { unknown: 1 },
      oldest: { minMs: 8_400, maxMs: null, basis: "first-seen" },
      sockets: young,
    }),
    suspect(77, "nginx", { live: 340, opened: 20_011, closed: 19_671 }),
    suspect(78, "sshd", { live: 2 }),
  ];
}

export function analysis(of: readonly Suspect[] = suspects(), over: Partial<Analysis> = {}): Analysis {
  const text =
    "python3 4121 leaks 23 sockets accepted on 127.0.0.1:8080 since 84 s, about 71/h; it has closed none of 97";
  const found = { verdict: "leak", text, suspects: of, findings: [], observations: [] } as const;
  return { ...found, oldestCloseWaitMs: 187_200_000, complete: true, why: [], ...over };
}

export const ENDINGS: readonly Endings[] = [
  ending("accept", 8080, { us: 3, peer: 120, reset: 2 }, { closer: "peer", meanMs: 5_003, count: 110 }),
  ending("accept", 443, { us: 19_000, peer: 41, reset: 7 }, { closer: "us", meanMs: 75_001, count: 18_500 }),
  ending("connect", 5432, { us: 12, peer: 0, reset: 0 }, null),
];

type Closed = { us: number; peer: number; reset: number };

function ending(
  side: "accept" | "connect",
  port: number,
  closed: Closed,
  peak: Endings["establishedMs"]["peak"],
): Endings {
  const counts = [closed.us + closed.peer + closed.reset];
  const where = { addr: side === "accept" ? "0.0.0.0" : "10.0.3.4", port };
  return {
    side,
    where,
    closedFirst: { ...closed, failed: 1, unknown: 0 },
    establishedMs: { counts, medianMs: peak?.meanMs ?? 310, peak },
  };
}

export function series(points: number, closeWait: (i: number) => number): Snapshot["series"] {
  return Array.from({ length: points }, (_, i) => ({
    atUs: AT_US - (points - 1 - i) * SECOND,
    closeWait: closeWait(i),
    unclosed: closeWait(i),
    live: 360,
    events: 1204,
  }));
}

export function snapshot(over: Partial<Snapshot> = {}): Snapshot {
  return {
    atUs: AT_US,
    sinceUs: SINCE_US,
    wallMs: Date.UTC(2026, 10, 21, 12, 0, 0),
    recording: {
      type: "recording",
      atUs: SINCE_US,
      seq: 1,
      schema: 1,
      host: "db1",
      kernel: "6.12.0",
      bootId: "b",
      attachment: "tracepoint",
      bpftrace: "v0.17.0",
      mode: "full",
      filters: {},
      wallMs: Date.UTC(2026, 10, 21, 11, 55, 48),
    },
    attachment: "tracepoint",
    mode: "full",
    tracedSinceUs: SINCE_US,
    census: null,
    books: { opened: 21_312, standing: 12, closed: 19_756, live: 1_568, lost: 0 },
    byState: { ESTABLISHED: 1_539, CLOSE_WAIT: 28, FIN_WAIT2: 1 },
    code: { sites: new Map(), unsited: 0, counted: false },
    listeners: 5,
    listening: [],
    processes: [],
    sharers: [],
    ownerless: [],
    detail: null,
    endings: ENDINGS,
    series: series(252, (i) => Math.floor(i / 10)),
    oldestCloseWaitUs: 187_200 * SECOND,
    events: 303_408,
    illegalMoves: 0,
    gaps: { count: 0, lost: 0, unknown: 0, last: null },
    ended: null,
    ...over,
  };
}

/** Three sockets of the process asked for with which nothing is wrong. */
export function detailOf(pid: number): NonNullable<Snapshot["detail"]> {
  const well = (id: number) =>
    socket(id, {
      state: "ESTABLISHED",
      peerClosedUs: null,
      inStateUs: 12 * SECOND,
      eofRead: false,
      remote: { addr: "2001:db8::1f", port: 50_000 + id },
    });
  return { pid, sockets: [well(501), well(502), well(503)], omitted: 0 };
}

export const GAPS: Snapshot["gaps"] = {
  count: 2,
  lost: 17,
  unknown: 1,
  last: { atUs: AT_US - 12 * SECOND, text: "bpftrace lost 17 events" },
};

/** Of python3 4121: an accept loop that all go through, and a client of which one path leaks. */
export function codePaths(): CodeView {
  const frame = (name: string, line: number) => ({
    ...{ address: "1", function: name, file: "/srv/app.py", line, object: null, offset: null },
  });
  const site = (number: number, did: SiteView["did"], frames: SiteView["frames"], over: Partial<SiteView>) =>
    [
      number,
      { site: number, pid: 4121, did, frames, notes: [], standing: [], opened: 0, closed: [], ...over },
    ] as const;
  const main = frame("main", 99);
  return {
    sites: new Map([
      site(1, "accept", [frame("accept_loop", 40), main], { opened: 1_204, closed: [{ site: 9, count: 1_176 }] }),
      site(2, "connect", [frame("dial", 12), frame("fetch", 21), main], { opened: 60 }),
      site(3, "connect", [frame("dial", 12), frame("order", 30), main], {
        opened: 74,
        closed: [{ site: 9, count: 74 }],
      }),
      site(4, "connect", null, { opened: 2 }),
      site(9, "close", [frame("order", 33), main], {}),
      site(10, "accept", [frame("others", 1)], { pid: 812, opened: 5 }),
    ]),
    unsited: 3,
    counted: true,
  };
}
