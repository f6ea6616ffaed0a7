/** What a census puts right, and what it must leave alone. Seconds apart, since events of the last second are believed first. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { Event } from "../../src/model/event.ts";
import type { Snapshot } from "../../src/model/snapshot.ts";
import { Tracker } from "../../src/model/tracker.ts";
import { Life, recording } from "./lives.ts";
import { facts, held, look, round, sight } from "./rounds.ts";
import { orderly } from "./stories.ts";

const SEC = 1_000_000;

function after(...events: readonly Event[]): Snapshot {
  const tracker = new Tracker();
  for (const event of events) tracker.apply(event);
  return tracker.snapshot(events.at(-1)?.atUs ?? 0);
}

const PROBES = recording(0);
const seedRecording = { ...recording(0), attachment: "census", mode: "census" } as const;

test("without probes every socket that a round saw is there, with its holder", () => {
  const { books, processes, census } = after(
    seedRecording,
    facts(100),
    ...look(1, SEC, {}, { inode: 78, state: "ESTABLISHED" }),
  );
  assert.deepEqual([books.standing, books.live, books.opened], [2, 2, 0]);
  const [process] = processes;
  assert.deepEqual([process?.pid, process?.comm, process?.live, process?.unclosed.length], [100, "p100", 2, 1]);
  assert.deepEqual([census?.rounds, census?.corrections.added], [1, 0]);
});

test("listeners are told with their queue and are no connections", () => {
  const listener = { inode: 5, state: "LISTEN", remote: null, recvQ: 3, sendQ: 128 } as const;
  const { books, listening, listeners, processes } = after(...look(1, SEC, listener));
  assert.deepEqual([books.live, listeners], [0, 1]);
  assert.deepEqual(
    processes.map(({ pid }) => pid),
    [100],
    "who only listens answers for the queue",
  );
  assert.deepEqual(listening, [
    { local: { addr: "10.0.0.1", port: 80 }, netns: 1, pids: [100], queue: 3, backlog: 128, atUs: SEC },
  ]);
});

test("a missed accept: the holder is found by inode or by both ends, and it is the same socket", () => {
  for (const inode of [77, 0]) {
    const life = new Life("probe");
    const born = [life.state("LISTEN", "SYN_RECV"), life.state("SYN_RECV", "ESTABLISHED"), ...life.peerCloses()];
    const remote = born[0]?.remote ?? null;
    const { books, processes, ownerless, census } = after(PROBES, ...born, ...look(1, 5 * SEC, { inode, remote }));
    assert.deepEqual([books.opened, books.standing, books.live, ownerless.length], [1, 0, 1, 0]);
    const [socket] = processes[0]?.unclosed ?? [];
    assert.deepEqual(
      [socket?.id, socket?.owner?.pid, socket?.owner?.fd, socket?.owner?.learned],
      ["probe", 100, 7, "census"],
    );
    assert.ok((socket?.peerClosedUs ?? 0) > 4.9 * SEC, "its age stays exact");
    assert.deepEqual(census?.corrections, { owner: 1, state: 0, closed: 0, added: 0 });
  }
});

test("a missed close: absent from two rounds, closed; one round is not enough", () => {
  const life = new Life("s");
  const start = [PROBES, ...life.accepted(), ...life.peerCloses()];
  const once = after(...start, round(1, 5 * SEC));
  assert.deepEqual([once.books.live, once.books.closed], [1, 0]);
  const twice = after(...start, round(1, 5 * SEC), round(2, 9 * SEC));
  assert.deepEqual([twice.books.live, twice.books.closed, twice.census?.corrections.closed], [0, 1, 1]);
  assert.equal(twice.processes.length, 0);
});

test("a socket that TCP has closed and whose close was missed is closed, too, once no fd shows it", () => {
  const life = new Life("s");
  const events = [PROBES, ...life.accepted(), life.state("ESTABLISHED", "CLOSE")];
  assert.equal(after(...events, round(1, 5 * SEC)).processes[0]?.unclosed.length, 1);
  assert.equal(after(...events, round(1, 5 * SEC), round(2, 9 * SEC)).books.closed, 1);
});

test("a missed transition: its state is put right, from when it was seen", () => {
  const life = new Life("s");
  const { remote } = life.state("LISTEN", "SYN_RECV");
  const { processes, census } = after(PROBES, ...life.accepted(), ...look(1, 5 * SEC, { remote }));
  const [socket] = processes[0]?.unclosed ?? [];
  assert.deepEqual([socket?.state, socket?.peerClosedUs, socket?.inStateUs], ["CLOSE_WAIT", null, 1]);
  assert.equal(census?.corrections.state, 1);
});

test("what a probe told within the last second is believed, whatever a round says", () => {
  const life = new Life("s", { atUs: 5 * SEC });
  const { remote } = life.state("LISTEN", "SYN_RECV");
  const events = [PROBES, ...life.accepted(), ...look(1, 5 * SEC + 500_000, { remote }), round(2, 5 * SEC + 600_000)];
  const { byState, census } = after(...events);
  assert.deepEqual(byState, { ESTABLISHED: 1 });
  assert.deepEqual(census?.corrections, { owner: 0, state: 0, closed: 0, added: 0 });
});

test("a socket that probes never told of is added; one that has just been active, when it is seen again", () => {
  const quiet = after(PROBES, ...look(1, 5 * SEC, {}));
  assert.deepEqual([quiet.books.standing, quiet.census?.corrections.added], [1, 1]);
  const young = { lastRcvMs: 3 };
  assert.equal(after(PROBES, ...look(1, 5 * SEC, young)).books.standing, 0);
  assert.equal(after(PROBES, ...look(1, 5 * SEC, young), ...look(2, 9 * SEC, young)).books.standing, 1);
});

test("a listener that probes never told of is there at once: of those the kernel tells no times", () => {
  const timeless = { state: "LISTEN", remote: null, lastSndMs: 0, lastRcvMs: 0, lastAckMs: 0 } as const;
  const { listening } = after(PROBES, ...look(1, 5 * SEC, timeless));
  assert.deepEqual(
    listening.map(({ local, pids }) => [local.port, pids]),
    [[80, [100]]],
  );
});

test("a socket whose end was told does not come back as a ghost from tables read before", () => {
  const life = new Life("s");
  const first = life.state("LISTEN", "SYN_RECV");
  const rest = [life.state("SYN_RECV", "ESTABLISHED"), life.open(), life.close("close"), life.close("destroyed")];
  const { books } = after(PROBES, first, ...rest, ...look(1, 1_000, { inode: 0, remote: first.remote }));
  assert.deepEqual([books.live, books.standing, books.closed], [0, 0, 1]);
});

test("probes that tell of a socket which a round saw first tell of the same one, and its end ends it", () => {
  const life = new Life("probe", { atUs: 5 * SEC });
  const end = [life.close("close"), life.state("CLOSE_WAIT", "LAST_ACK"), life.state("LAST_ACK", "CLOSE")];
  const known = { remote: end[0]?.remote ?? null };
  const events = [seedRecording, ...look(1, SEC, known), PROBES, ...end, life.close("destroyed")];
  const { books } = after(...events);
  assert.deepEqual([books.standing, books.live, books.closed, books.opened], [1, 0, 1, 0]);
});

test("an fd that was never connected is no socket of ours; one that was, and is in no table, is unclosed", () => {
  const closed = { state: "CLOSE", recvQ: null, sendQ: null, timer: null, lastSndMs: null, lastRcvMs: null } as const;
  const { books, processes } = after(...look(1, SEC, { ...closed, segsIn: 0 }, { ...closed, inode: 78, segsIn: 9 }));
  assert.equal(books.live, 1);
  assert.deepEqual(
    processes[0]?.unclosed.map(({ inode, state }) => [inode, state]),
    [[78, "CLOSE"]],
  );
});

test("a cheap round that asked for CLOSE_WAIT only says nothing of other sockets, nor of other namespaces", () => {
  const seen = look(1, SEC, { state: "ESTABLISHED" }, { inode: 78, netns: 2 });
  const cheap = [2, 3, 4].map((no) => round(no, no * 5 * SEC, { scope: "close-wait", netns: [1] }));
  assert.equal(after(...seen, ...cheap).books.live, 2);
  const both = [2, 3].map((no) => round(no, no * 5 * SEC, { scope: "close-wait", netns: [1, 2] }));
  assert.deepEqual(after(...seen, ...both).byState, { ESTABLISHED: 1 });
});

test("of several holders the one that opened it is responsible, else the oldest", () => {
  const shared = { holders: [held(200), held(300)] };
  const young = facts(200, { startedUs: 9 });
  const old = facts(300, { startedUs: 3 });
  const untold = after(young, old, ...look(1, SEC, shared));
  assert.deepEqual(
    untold.processes.map(({ pid }) => pid),
    [300],
  );
  const life = new Life("s", { pid: 200 });
  const { remote } = life.state("LISTEN", "SYN_RECV");
  const opened = after(
    PROBES,
    young,
    old,
    ...life.accepted(),
    ...life.peerCloses(),
    ...look(1, 5 * SEC, { ...shared, remote }),
  );
  assert.deepEqual(
    opened.processes.map(({ pid, unclosed }) => [pid, unclosed.length]),
    [[200, 1]],
  );
});

test("a pid used again: what the first process held is nobody's until it is seen again", () => {
  const first = [facts(100, { startedUs: 1 }), ...look(1, SEC, {})];
  const { processes, ownerless } = after(...first, facts(100, { startedUs: 2, comm: "other" }), round(2, 5 * SEC));
  assert.deepEqual([processes.length, ownerless.length], [0, 1]);
});

test("each round adds to the history of what a process has not closed, by side and peer", () => {
  const [a, b] = [{ inode: 1 }, { inode: 2 }];
  const { processes } = after(...look(1, SEC, a), ...look(2, 6 * SEC, a, b));
  assert.deepEqual(
    processes[0]?.history.map(({ points }) => points.map(({ count }) => count)),
    [[1, 2]],
  );
});

function isReset(event: Event): boolean {
  return event.type === "state" && event.to === "CLOSE";
}

/** A stream of the probes with a census of everything that lives, every now and then, and gaps in what the probes told. */
test("the books balance whatever was lost, and after two whole rounds they hold what the rounds saw", () => {
  fc.assert(
    fc.property(orderly, fc.array(fc.nat(40), { maxLength: 15 }), fc.nat(5), (events, lost, standing) => {
      const kept = events.filter((_, i) => !lost.includes(i));
      const truth = Array.from({ length: standing }, (_, i) => ({
        inode: 1_000 + i,
        remote: { addr: "10.9.9.9", port: i + 1 },
      }));
      const tracker = new Tracker();
      for (const event of [PROBES, ...kept]) tracker.apply(event);
      for (const no of [1, 2]) for (const event of look(no, (20 + 5 * no) * SEC, ...truth)) tracker.apply(event);
      const { books, byState } = tracker.snapshot(40 * SEC);
      assert.equal(books.opened + books.standing, books.closed + books.live + books.lost);
      // Reset before anybody took it: neither a table nor an fd shows such a socket.
      const { CLOSE: hidden = 0, ...seen } = byState;
      assert.equal(books.live, standing + hidden);
      assert.ok(hidden <= kept.filter(isReset).length);
      assert.deepEqual(seen, standing === 0 ? {} : { CLOSE_WAIT: standing });
    }),
  );
});

test("nonsense of a census never throws", () => {
  const state = fc.constantFrom("LISTEN", "CLOSE", "CLOSE_WAIT", "ESTABLISHED", "FIN_WAIT2", "TIME_WAIT" as const);
  const one = fc.record({
    inode: fc.nat(3),
    state,
    atUs: fc.nat(9 * SEC),
    cookie: fc.constantFrom(null, "a", "b"),
    remote: fc.constantFrom(null, { addr: "10.0.0.9", port: 0 }, { addr: "10.0.0.9", port: 7 }),
    holders: fc.constantFrom([], [held(100)], [held(101), held(100, 8)]),
    segsIn: fc.constantFrom(null, 0, 3),
  });
  fc.assert(
    fc.property(fc.array(one, { maxLength: 25 }), orderly, (sights, events) => {
      const seen = sights.map((over, i) => sight(over.atUs, { ...over, round: i >> 2 } as object));
      const ends = sights.map((_, i) => round(i >> 2, i * SEC));
      const tracker = new Tracker();
      for (const event of [...events, ...seen.flatMap((event, i) => [event, ends[i] as Event])]) tracker.apply(event);
      const { books } = tracker.snapshot(99 * SEC);
      assert.equal(books.opened + books.standing, books.closed + books.live + books.lost);
    }),
  );
});
