/** What the twin does not say: owners, views, endings in detail, and the stream's own facts. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Event } from "../../src/model/event.ts";
import { IDLE_BOUNDS_MS, idleBucketOf } from "../../src/model/idle.ts";
import { Tracker } from "../../src/model/tracker.ts";
import { gap, Life, recording, stamped, tick } from "./lives.ts";

function tracked(...events: readonly Event[]): Tracker {
  const tracker = new Tracker();
  for (const event of events) tracker.apply(event);
  return tracker;
}

test("an empty stream has a snapshot", () => {
  const { books, sinceUs, wallMs, events, ended } = new Tracker().snapshot(5);
  assert.deepEqual([sinceUs, wallMs, events, ended], [5, null, 0, null]);
  assert.deepEqual(books, { opened: 0, standing: 0, closed: 0, live: 0, lost: 0 });
});

test("the stream's facts: first event, recording, wall clock moved on, end", () => {
  const snapshot = tracked(
    recording(1_000_000),
    tick(3_000_000),
    stamped({ type: "end", atUs: 3_000_001, why: "enough" }),
  ).snapshot(5_000_000);
  const { sinceUs, attachment, mode, wallMs, ended, events } = snapshot;
  assert.deepEqual([sinceUs, attachment, mode, ended, events], [1_000_000, "fentry", "full", "enough", 3]);
  assert.equal(wallMs, 1_790_000_000_000 + 3_000 + 2_000);
});

test("a second open adds the fd, and another process's does not take the socket away", () => {
  const life = new Life("s", { pid: 100 });
  const thief = new Life("s", { pid: 200, atUs: 50 });
  const tracker = tracked(
    life.state("LISTEN", "SYN_RECV"),
    life.open("accept", null),
    life.open("accept", 9),
    thief.open("accept", 3),
  );
  assert.deepEqual(tracker.socket("s", 0)?.owner, {
    pid: 100,
    tid: 100,
    comm: "p100",
    fd: 9,
    learned: "security_sock_graft",
  });
  const opened = tracker.snapshot(0).processes.map(({ pid, opened, live }) => ({ pid, opened, live }));
  assert.deepEqual(opened, [{ pid: 100, opened: 1, live: 1 }]);
});

test("a socket waiting for its accept moves from nobody to its owner", () => {
  const life = new Life("s");
  const tracker = tracked(
    ...[life.state("LISTEN", "SYN_RECV"), life.state("SYN_RECV", "ESTABLISHED"), ...life.peerCloses()],
  );
  assert.deepEqual([tracker.snapshot(0).ownerless.length, tracker.snapshot(0).processes.length], [1, 0]);
  tracker.apply(life.open());
  const { ownerless, processes } = tracker.snapshot(0);
  assert.deepEqual([ownerless.length, processes[0]?.unclosed.length], [0, 1]);
});

test("a pid used again after an exit starts from nothing", () => {
  const [first, second] = [new Life("a", { pid: 100 }), new Life("b", { pid: 100, atUs: 1_000 })];
  const exit = [...first.accepted(), first.close("tcp_close", true), first.state("ESTABLISHED", "CLOSE")];
  const [process] = tracked(...exit, ...second.accepted()).snapshot(0).processes;
  assert.deepEqual([process?.opened, process?.closed, process?.live], [1, 0, 1]);
});

test("closed, and closed only when released: by tcp_close before or after CLOSE, or by destroyed", () => {
  const ends: readonly ((life: Life) => Event[])[] = [
    (life) => [life.close("tcp_close"), life.state("ESTABLISHED", "CLOSE")],
    (life) => [life.state("ESTABLISHED", "CLOSE"), life.close("tcp_close")],
    (life) => [life.state("ESTABLISHED", "CLOSE"), life.close("close"), life.close("destroyed")],
    (life) => [life.close("destroyed")],
  ];
  for (const end of ends) {
    const life = new Life("s");
    const tracker = tracked(...life.accepted());
    const events = end(life);
    for (const event of events) {
      assert.equal(tracker.snapshot(0).books.live, 1);
      tracker.apply(event);
    }
    assert.deepEqual(tracker.snapshot(0).books, { opened: 1, standing: 0, closed: 1, live: 0, lost: 0 });
    assert.equal(
      tracker.snapshot(0).illegalMoves,
      events.length === 1 ? 1 : 0,
      "destroyed before CLOSE: a missed move",
    );
  }
});

test("events after the end find the ended socket, change no count and are told in its timeline", () => {
  const life = new Life("s");
  const tracker = tracked(...life.accepted(), life.close("tcp_close"), life.state("ESTABLISHED", "CLOSE"));
  const before = tracker.snapshot(0);
  for (const event of [life.close("destroyed"), life.read(), life.open(), life.state("ESTABLISHED", "CLOSE_WAIT")])
    tracker.apply(event);
  const after = tracker.snapshot(0);
  assert.deepEqual([after.books, after.ownerless, after.processes], [before.books, [], []]);
  assert.equal(tracker.socket("s", 0)?.steps.length, 9);
});

test("the age goes on through a reset and a shutdown, and begins with a reset", () => {
  const [waits, shut, reset] = [new Life("waits"), new Life("shut"), new Life("reset")];
  const tracker = tracked(
    ...[...waits.accepted(), ...waits.peerCloses(), waits.state("CLOSE_WAIT", "CLOSE")],
    ...[...shut.accepted(), ...shut.peerCloses(), shut.shutdown(), shut.state("CLOSE_WAIT", "LAST_ACK")],
    ...[...reset.accepted(), reset.state("ESTABLISHED", "CLOSE")],
  );
  const agesUs = ["waits", "shut", "reset"].map((id) => tracker.socket(id, 1_004)?.peerClosedUs);
  assert.deepEqual(agesUs, [1_000, 1_000, 1_000]);
  assert.deepEqual(tracker.socket("waits", 1_004)?.inStateUs, 999);
});

test("FIN_WAIT2 is unclosed while its owner holds it, not after close, nor when it may have closed before we came", () => {
  const [held, closed, before, listed] = ["held", "closed", "before", "listed"].map((id) => new Life(id));
  assert.ok(held && closed && before && listed);
  const leave = (life: Life) => [life.state("ESTABLISHED", "FIN_WAIT1"), life.state("FIN_WAIT1", "FIN_WAIT2")];
  const tracker = tracked(
    ...[...held.accepted(), held.shutdown(), ...leave(held)],
    ...[...closed.accepted(), closed.close("close"), ...leave(closed)],
    before.state("FIN_WAIT1", "FIN_WAIT2"),
    ...[listed.shutdown(), listed.state("FIN_WAIT1", "FIN_WAIT2")],
  );
  const { processes, ownerless } = tracker.snapshot(0);
  assert.deepEqual(
    processes.flatMap(({ unclosed }) => unclosed).map(({ id }) => id),
    ["held"],
  );
  assert.deepEqual(
    ownerless.map(({ id }) => id),
    ["listed"],
  );
});

test("a gap marks the ages that it lies in, and the first step after it", () => {
  const [before, after] = [new Life("before"), new Life("after", { atUs: 100 })];
  const tracker = tracked(
    ...before.accepted(),
    ...before.peerCloses(),
    ...after.accepted(),
    gap(200),
    ...after.peerCloses(),
    before.read(),
  );
  const views = [tracker.socket("before", 300), tracker.socket("after", 300)];
  assert.deepEqual(
    views.map((view) => view?.acrossGap),
    [true, false],
  );
  assert.deepEqual(
    views.map((view) => view?.steps.map(({ afterGap }) => afterGap)),
    [
      [false, false, false, false, true],
      [false, false, false, true],
    ],
  );
});

test("a read tells CLOSE_WAIT though the move was missed; a listener is no endpoint", () => {
  const [life, listener] = [new Life("s"), new Life("l")];
  const tracker = tracked(...life.accepted(), life.read(), listener.state("CLOSE", "LISTEN"));
  const { state, peerClosedUs, eofRead } = tracker.socket("s", 10) ?? {};
  assert.deepEqual([state, peerClosedUs, eofRead], ["CLOSE_WAIT", null, true]);
  assert.deepEqual([tracker.snapshot(0).listeners, tracker.snapshot(0).books.live], [1, 1]);
  for (const event of [listener.close("tcp_close"), listener.state("LISTEN", "CLOSE"), listener.close("destroyed")])
    tracker.apply(event);
  assert.deepEqual([tracker.snapshot(0).listeners, tracker.remembered().sockets], [0, 1]);
});

test("endings: by local port on the accept side, by peer on the connect side; two addresses of a port are any", () => {
  const [a, b, c] = [new Life("a", { serial: 1 }), new Life("b", { serial: 2 }), new Life("c", { serial: 3 })];
  const other = { addr: "10.0.0.2", port: 80 };
  const tracker = tracked(
    ...[...a.accepted(), a.state("ESTABLISHED", "CLOSE_WAIT")],
    ...[...b.accepted(), b.state("ESTABLISHED", "FIN_WAIT1")].map((event) => ({ ...event, local: other })),
    ...[c.state("CLOSE", "SYN_SENT"), c.state("SYN_SENT", "CLOSE")],
  );
  const said = tracker.snapshot(0).endings.map(({ side, where, closedFirst }) => ({ side, where, closedFirst }));
  const none = { us: 0, peer: 0, reset: 0, failed: 0, unknown: 0 };
  assert.deepEqual(said, [
    { side: "accept", where: { addr: "*", port: 80 }, closedFirst: { ...none, us: 1, peer: 1 } },
    { side: "connect", where: { addr: "10.0.3.9", port: 1027 }, closedFirst: { ...none, failed: 1 } },
  ]);
});

test("buckets rise, and a timeout that fires up to 2% late falls into one with its round number", () => {
  assert.deepEqual(
    IDLE_BOUNDS_MS,
    [...IDLE_BOUNDS_MS].sort((a, b) => a - b),
  );
  assert.equal(new Set(IDLE_BOUNDS_MS).size, IDLE_BOUNDS_MS.length);
  for (const seconds of [1, 2, 3, 5, 10, 15, 20, 30, 60, 75, 90, 120, 300, 600, 3600, 7200]) {
    assert.equal(idleBucketOf(seconds * 1000), idleBucketOf(seconds * 1020), `${seconds} s`);
  }
  IDLE_BOUNDS_MS.forEach((edge, i) => {
    assert.equal(idleBucketOf(edge), i);
    if (i > 0) assert.equal(idleBucketOf(edge - 1e-6), i - 1);
  });
});
