/** From judged sockets to what people act on: grouped, counted, ordered, the worst first. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { analyse } from "../../src/analysis/analyse.ts";
import type { Finding } from "../../src/analysis/finding.ts";
import { urgentFirst } from "../../src/analysis/findings.ts";
import type { SocketView } from "../../src/model/snapshot.ts";
import { Tracker } from "../../src/model/tracker.ts";
import type { Seen } from "./sockets.ts";
import {
  AT_US,
  census,
  facts,
  HELD,
  listener,
  process,
  round,
  SECOND_US,
  type SnapshotOver,
  snapshot,
  standing,
} from "./sockets.ts";

const many = (count: number, over: (i: number) => Seen, view: Partial<SocketView> = {}) =>
  Array.from({ length: count }, (_, i) => standing(over(i), view));
const findings = (over: SnapshotOver) =>
  analyse(snapshot({ census: census(), listening: [listener()], ...over })).findings;
const of = (unclosed: readonly SocketView[], over = {}) => ({
  processes: [process({ unclosed, facts: facts(), ...over })],
});
const server = { addr: "10.0.3.4", port: 443 };
const toServer = { side: "connect", remote: server } as const;
/** One more a minute, the youngest 61 s old. */
const steady = (i: number): Seen => ({
  lastAckMs: 61_000 + i * 60_000,
  lastRcvMs: 61_000 + i * 60_000,
  lastSndMs: 6e6,
});

test("a leaking server: everything that is asked of it", () => {
  const holders = [{ ...HELD, epoll: "no-read" }] as const;
  const unclosed = many(23, (i) => ({ ...steady(i), holders }));
  const limits = { type: "limits", pid: 4121, seq: 1, atUs: AT_US, fds: { used: 40, limit: 100 } } as const;
  const [finding, ...others] = findings(of(unclosed, { limits: { first: limits, last: limits } }));
  assert.equal(others.length, 0);
  const { process: culprit, sockets, threads, curve, ...said } = finding as Finding;
  assert.deepEqual(said, {
    id: "/usr/bin/python3 eof-unread :8080",
    ...{ kind: "eof-unread", side: "accept", leak: true, confidence: "certain", attributedBy: "holder" },
    because: "its FIN is unread (at most peeked at), the peer closed at least 23 min ago",
    count: 23,
    oldest: { minMs: 1_381_000, maxMs: 1_381_000, basis: "tcp_info" },
    growth: { perHour: 58, windowMs: 1_376_000, method: "ages" },
    fds: { used: 40, limit: 100, exhaustedInMs: 3_724_138 },
    localPorts: [{ port: 8080, count: 23 }],
    peers: [{ addr: "10.0.0.9", port: 0, count: 23 }],
    epoll: { none: 0, noRead: 23, read: 0 },
    sites: [],
    sitesAsked: false,
    queue: { port: 8080, length: 0, bound: 128 },
    lookAgainMs: null,
  });
  assert.deepEqual([culprit?.pid, culprit?.exe, culprit?.netns], [4121, "/usr/bin/python3", 1]);
  assert.deepEqual([sockets.length, threads.length, curve?.counts.length], [23, 0, 60]);
  assert.equal(
    curve?.counts.reduce((sum, count) => sum + count, 0),
    23,
  );
});

test("a client: towards whom, with its port; never by its own ports", () => {
  const [finding] = findings(of(many(8, steady, toServer)));
  assert.deepEqual(finding?.peers, [{ ...server, count: 8 }]);
  assert.deepEqual([finding?.localPorts, finding?.id], [[], "/usr/bin/python3 eof-unread 10.0.3.4:443"]);
});

test("a keep-alive pool stands still: listed, no leak", () => {
  const [finding] = findings(
    of(many(23, (i) => ({ lastAckMs: 61_000 + i, lastRcvMs: 62_000, lastSndMs: 62_000 }), toServer)),
  );
  assert.deepEqual(
    [finding?.kind, finding?.leak, finding?.confidence, finding?.count],
    ["pool-idle", false, "likely", 23],
  );
});

test("a pool of which TCP has ended some while they were held is none", () => {
  const gone = standing({ state: "CLOSE", sinceUs: 30 * SECOND_US, lastAckMs: null }, { ...toServer, inode: 9 });
  const pool = many(23, (i) => ({ lastAckMs: 61_000 + i, lastRcvMs: 62_000, lastSndMs: 62_000 }), toServer);
  assert.deepEqual(
    findings(of([...pool, gone])).map(({ kind }) => kind),
    ["eof-unread", "gone-unclosed"],
  );
});

test("one to each of many servers is no pool", () => {
  const unclosed = Array.from({ length: 23 }, (_, i) =>
    standing({ recvQ: 0 }, { side: "connect", remote: { addr: "10.0.3.4", port: 9_000 + i } }),
  );
  const [finding, ...others] = findings(of(unclosed));
  assert.deepEqual([finding?.kind, finding?.count, finding?.peers.length, others.length], ["eof-ignored", 23, 23, 0]);
});

test("keepalive turns CLOSE_WAIT into gone: together they grow, though either stands", () => {
  const points = [0, 10, 20, 30, 40].map((seconds) => ({
    atUs: AT_US - (40 - seconds) * SECOND_US,
    count: 18 + seconds * 4,
  }));
  const history = [{ side: null, peer: { addr: server.addr, port: 0 }, points }];
  const waiting = many(18, () => ({ timer: "keepalive" }), toServer);
  const gone = many(160, (i) => ({ state: "CLOSE", sinceUs: (20 + i / 4) * SECOND_US, lastRcvMs: null }), toServer);
  const found = findings(of([...waiting, ...gone], { history }));
  assert.deepEqual(
    found.map(({ kind, growth }) => [kind, growth.perHour]),
    [
      ["gone-unclosed", 14_400],
      ["eof-unread", 14_400],
    ],
  );
});

test("what only time can tell: possible, and when to look again", () => {
  const [finding] = findings(
    of([standing({ timer: "keepalive", sinceUs: 80 * SECOND_US }), standing({ timer: "keepalive" })]),
  );
  assert.deepEqual([finding?.leak, finding?.confidence, finding?.lookAgainMs], [false, "possible", 40_000]);
});

test("what still sends is listed with the leaks and not counted among them", () => {
  const [finding] = findings(of([standing({ recvQ: 0, sendQ: 9 }), standing({ recvQ: 0 })]));
  assert.deepEqual([finding?.count, finding?.sockets.length, finding?.sockets[0]?.standing], [1, 2, "leak"]);
});

test("queued connections are the listener's, at most likely where several listen", () => {
  const ownerless = [standing({ inode: 0, holders: [] }, { owner: null })];
  const said = (queues: readonly number[]) => {
    const listening = queues.map((queue, i) => listener({ queue, pids: [4121 + i] }));
    const processes = queues.map((_, i) => process({ pid: 4121 + i }));
    const [finding] = findings({ ownerless, listening, processes });
    return [finding?.process?.pid, finding?.attributedBy, finding?.confidence, finding?.queue?.length];
  };
  assert.deepEqual(said([23]), [4121, "listener", "certain", 23]);
  assert.deepEqual(said([1, 23]), [4122, "listener", "likely", 23]);
});

test("young ones on their way to being closed are no finding", () => {
  assert.deepEqual(findings(of([standing({ lastAckMs: 900, lastRcvMs: 900 })])), []);
});

/** Any sockets that a census could show. */
const seen: fc.Arbitrary<Seen> = fc.record({
  state: fc.constantFrom("CLOSE_WAIT", "CLOSE", "FIN_WAIT2", "LAST_ACK" as const),
  recvQ: fc.constantFrom(null, 0, 1, 9),
  sendQ: fc.constantFrom(null, 0, 0, 0, 7),
  timer: fc.constantFrom("off", "keepalive", null),
  lastSndMs: fc.constantFrom(null, 100, 30_000, 70_000, 6e6),
  lastRcvMs: fc.constantFrom(null, 100, 61_000, 6e6),
  lastAckMs: fc.constantFrom(null, 100, 6_000, 61_000),
  sinceUs: fc.integer({ min: 0, max: 100 }).map((seconds) => seconds * SECOND_US),
  rounds: fc.integer({ min: 1, max: 3 }),
  holders: fc.constantFrom([], [HELD]),
  noHolder: fc.constantFrom(null, "not-found", "hidden", "kernel" as const),
  segsIn: fc.constantFrom(null, 0, 3),
});
const view = fc.record({
  side: fc.constantFrom("accept", "connect", null),
  letGo: fc.boolean(),
  eofRead: fc.boolean(),
});
const sockets = fc.array(
  fc.tuple(seen, view).map(([told, shown]) => standing(told, shown)),
  { maxLength: 12 },
);

test("grouping loses no socket and doubles none", () => {
  fc.assert(
    fc.property(sockets, (unclosed) => {
      const { findings: found, suspects } = analyse(snapshot({ census: census(), ...of(unclosed) }));
      const judged = suspects.flatMap((suspect) => suspect.sockets);
      assert.equal(judged.length, unclosed.length);
      const grouped = found.flatMap((finding) => finding.sockets.map(({ socket }) => socket.id));
      assert.equal(new Set(grouped).size, grouped.length);
      const worth = judged.filter(({ standing: how }) => how !== "listed").map(({ socket }) => socket.id);
      assert.ok(worth.every((id) => grouped.includes(id)));
      for (const { count, sockets: whole, leak } of found) {
        assert.equal(count, leak ? whole.filter(({ standing: how }) => how === "leak").length : whole.length);
      }
    }),
  );
});

test("no leak before its lower bound has passed, none that sends", () => {
  fc.assert(
    fc.property(sockets, (unclosed) => {
      for (const { standing: how, age, socket } of analyse(snapshot(of(unclosed))).suspects.flatMap((s) => s.sockets)) {
        if (how !== "leak") continue;
        assert.ok(age.minMs >= 60_000);
        // What has left TCP never sends again, whatever its stamps were when they were asked for.
        if (socket.state === "CLOSE") continue;
        assert.ok((socket.sight?.seen.sendQ ?? 0) === 0 && (socket.sight?.seen.lastSndMs ?? 6e6) >= 60_000);
      }
    }),
  );
});

test("evidence of sending never makes a leak of what was none", () => {
  const leaks = (unclosed: readonly SocketView[]) =>
    new Set(
      analyse(snapshot(of(unclosed)))
        .suspects.flatMap((suspect) => suspect.sockets)
        .flatMap(({ standing: how, socket }) => (how === "leak" ? socket.id : [])),
    );
  const sends = (socket: SocketView, over: Partial<Seen>) => {
    const { sight } = socket;
    return sight === null ? socket : { ...socket, sight: { ...sight, seen: { ...sight.seen, ...over } } };
  };
  fc.assert(
    fc.property(sockets, fc.constantFrom({ sendQ: 5 }, { lastSndMs: 10 }), (unclosed, over) => {
      const before = leaks(unclosed);
      for (const id of leaks(unclosed.map((socket) => sends(socket, over)))) assert.ok(before.has(id));
    }),
  );
});

test("the order is total: whatever order the findings come in, they are shown in one", () => {
  fc.assert(
    fc.property(sockets, fc.array(fc.nat(), { minLength: 6, maxLength: 6 }), (unclosed, keys) => {
      const processes = [1, 2, 3].map((pid) =>
        process({ pid, unclosed: unclosed.filter((_, i) => i % 3 === pid - 1) }),
      );
      const found = findings({ processes });
      const mixed = found.map((finding, i) => ({ finding, key: keys[i % 6] ?? 0 })).sort((a, b) => a.key - b.key);
      assert.deepEqual(mixed.map(({ finding }) => finding).sort(urgentFirst), found);
    }),
  );
});

/** A round each 10 s, up to now. */
const rounds = (...counts: readonly number[]) =>
  counts.map((count, i) => ({ atUs: AT_US - (counts.length - 1 - i) * 10 * SECOND_US, count }));

test("half-closed ones are a leak when they become more, and not by their ages alone", () => {
  const half = many(23, (i) => ({ ...steady(i), state: "FIN_WAIT2", lastSndMs: 6e6 }), toServer);
  const said = (points: readonly { atUs: number; count: number }[]) => {
    const [finding] = findings(of(half, { history: [{ side: "connect", peer: server, points }] }));
    return [finding?.kind, finding?.leak, finding?.confidence];
  };
  assert.deepEqual(said([]), ["half-closed", false, "certain"]);
  assert.deepEqual(said(rounds(23, 23, 23, 23)), ["half-closed", false, "certain"]);
  assert.deepEqual(said(rounds(3, 10, 16, 23)), ["half-closed", true, "likely"]);
  assert.deepEqual(said(rounds(80, 87, 93, 100)), ["half-closed", false, "certain"], "mostly others");
});

test("sockets of unknown age stand still when they were watched for as long as makes a leak", () => {
  const watched = many(8, () => ({ timer: "keepalive", sinceUs: 30 * SECOND_US }), toServer);
  const kind = (...counts: readonly number[]) =>
    findings(of(watched, { history: [{ side: "connect", peer: server, points: rounds(...counts) }] }))[0]?.kind;
  assert.equal(kind(8, 8, 8, 8, 8, 8, 8), "pool-idle");
  assert.equal(kind(8, 8, 8, 8, 8, 8), "eof-unread", "50 s only");
  assert.equal(kind(7, 7, 8, 8, 8, 8, 8), "eof-unread", "one more");
});

test("through the tracker: a second program that holds it and has no socket of its own is known by name", () => {
  const tracker = new Tracker();
  const shared = standing({ holders: [HELD, { pid: 77, fd: 3, epoll: null }] }).sight?.seen;
  const told = [
    facts({ startedUs: 1 }),
    facts({ pid: 77, comm: "cat", exe: "/bin/cat", startedUs: 2 }),
    shared,
    round(),
  ];
  for (const event of told) if (event !== undefined) tracker.apply(event);
  const [finding] = analyse(tracker.snapshot(AT_US)).findings;
  assert.deepEqual([finding?.kind, finding?.process?.pid], ["held-elsewhere", 4121]);
  assert.equal(finding?.because, "open in processes of 2 programs: python3 4121, cat 77");
});
