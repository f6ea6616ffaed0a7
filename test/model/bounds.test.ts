/** What is remembered is bounded, whatever the stream does; what is live is never forgotten. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { SERVICE_LIMIT } from "../../src/model/endings.ts";
import { PROCESS_LIMIT } from "../../src/model/processes.ts";
import { SERIES_LENGTH } from "../../src/model/series.ts";
import { APART_LIMIT, RECENT_LIMIT } from "../../src/model/sockets.ts";
import { FIRST_STEPS, STEPS_LIMIT } from "../../src/model/timeline.ts";
import { Tracker } from "../../src/model/tracker.ts";
import { DETAIL_LIMIT } from "../../src/model/view.ts";
import { gap, Life, tick } from "./lives.ts";

function tracked(lives: Iterable<Life>, tell: (life: Life) => Parameters<Tracker["apply"]>[0][]): Tracker {
  const tracker = new Tracker();
  for (const life of lives) for (const event of tell(life)) tracker.apply(event);
  return tracker;
}

function* lives(count: number, pidOf: (i: number) => number = () => 100) {
  for (let i = 0; i < count; i++) yield new Life(`s${i}`, { atUs: i * 10, serial: i, pid: pidOf(i) });
}

test("closed sockets leave only sums, and a ring of recent ones", () => {
  const count = RECENT_LIMIT * 3 + 7;
  const tracker = tracked(lives(count), (life) => [...life.accepted(), ...life.closedAfterPeer(0)]);
  assert.deepEqual(tracker.remembered(), { sockets: 0, recent: RECENT_LIMIT, processes: 1, services: 1 });
  assert.deepEqual(tracker.snapshot(0).books, { opened: count, standing: 0, closed: count, live: 0, lost: 0 });
  assert.equal(tracker.socket("s0", 0), null);
  assert.equal(tracker.socket(`s${count - 1}`, 0)?.steps.length, 8);
});

test("sockets that never connect and whose end is lost are forgotten, oldest first", () => {
  const tracker = tracked(lives(APART_LIMIT + 5), (life) => [life.close("close")]);
  assert.equal(tracker.remembered().sockets, APART_LIMIT);
  assert.equal(tracker.socket("s4", 0), null);
  assert.notEqual(tracker.socket("s5", 0), null);
});

test("live sockets and listeners outlast any number of others", () => {
  const tracker = new Tracker();
  const [kept, listener] = [new Life("kept"), new Life("listener")];
  tracker.apply(kept.close("close")); // apart first, then a connection after all
  tracker.apply(kept.state("ESTABLISHED", "CLOSE_WAIT"));
  tracker.apply(listener.state("CLOSE", "CLOSE"));
  tracker.apply(listener.state("CLOSE", "LISTEN"));
  for (const life of lives(APART_LIMIT * 2)) tracker.apply(life.shutdown());
  assert.equal(tracker.snapshot(0).books.live, 1);
  assert.equal(tracker.snapshot(0).listeners, 1);
  assert.notEqual(tracker.socket("kept", 0), null);
});

test("processes without sockets are forgotten, least recently active first; those with sockets never", () => {
  const count = PROCESS_LIMIT * 2;
  const holder = 1 + PROCESS_LIMIT / 2;
  const tracker = tracked(
    lives(count, (i) => i + 1),
    (life) => [...life.accepted(), ...(life.pid === holder ? [] : life.closedAfterPeer(0))],
  );
  assert.ok(tracker.remembered().processes <= PROCESS_LIMIT);
  assert.deepEqual(
    tracker.snapshot(0).processes.map(({ pid, live }) => ({ pid, live })),
    [{ pid: holder, live: 1 }],
  );
  const again = new Life("again", { pid: count, atUs: count * 10 + 100 });
  for (const event of again.accepted()) tracker.apply(event);
  const latest = tracker.snapshot(0).processes.find(({ pid }) => pid === count);
  assert.equal(latest?.opened, 2, "the latest process was remembered with its count");
});

test("more processes with live sockets than the limit: all stay", () => {
  const tracker = tracked(
    lives(PROCESS_LIMIT + 600, (i) => i + 1),
    (life) => life.accepted(),
  );
  assert.equal(tracker.snapshot(0).processes.length, PROCESS_LIMIT + 600);
});

test("services are bounded, the latest stay", () => {
  const tracker = new Tracker();
  const peers = SERVICE_LIMIT * 2;
  for (let i = 0; i < peers; i++) {
    const life = new Life(`s${i}`, { atUs: i * 10 });
    const remote = { addr: "10.9.9.9", port: i + 1 };
    for (const event of [...life.connected(), life.state("ESTABLISHED", "FIN_WAIT1")])
      tracker.apply({ ...event, remote });
  }
  const { endings } = tracker.snapshot(0);
  assert.ok(endings.length <= SERVICE_LIMIT && endings.length > SERVICE_LIMIT / 2, `${endings.length}`);
  assert.ok(endings.some(({ where }) => where.port === peers));
  assert.ok(!endings.some(({ where }) => where.port === 1));
});

test("a busy loop of reads keeps the first steps, the latest ones, and counts those between", () => {
  const life = new Life("s");
  const tracker = new Tracker();
  for (const event of [...life.accepted(), ...life.peerCloses()]) tracker.apply(event);
  for (let i = 0; i < 1000; i++) tracker.apply(life.read());
  tracker.apply(life.close("close"));
  const socket = tracker.socket("s", 0);
  assert.equal(socket?.steps.length, STEPS_LIMIT);
  assert.equal(socket?.droppedSteps, 1005 - STEPS_LIMIT);
  const texts = socket?.steps.map(({ text }) => text);
  assert.deepEqual(texts?.slice(0, FIRST_STEPS), [
    "LISTEN → SYN_RECV",
    "SYN_RECV → ESTABLISHED",
    "accept by 100/100 p100 fd 7",
    "ESTABLISHED → CLOSE_WAIT",
    "read EOF by 100/100 p100",
    "read EOF by 100/100 p100",
  ]);
  assert.equal(texts?.at(-1), "close by 100/100 p100");
});

test("the series is bounded, one point a tick", () => {
  const tracker = new Tracker();
  for (let second = 0; second < SERIES_LENGTH + 10; second++) tracker.apply(tick(second * 1_000_000));
  const { series } = tracker.snapshot(0);
  assert.equal(series.length, SERIES_LENGTH);
  assert.equal(series[0]?.atUs, 10_000_000);
  assert.ok(series.every(({ events }) => events === 1));
});

test("detail is of one process, bounded, in order of opening, and says how many more", () => {
  const tracker = tracked(lives(DETAIL_LIMIT + 3), (life) => life.accepted());
  const { detail } = tracker.snapshot(0, { pid: 100 });
  assert.deepEqual([detail?.sockets.length, detail?.omitted], [DETAIL_LIMIT, 3]);
  assert.deepEqual([detail?.sockets[0]?.id, detail?.sockets.at(-1)?.id], ["s0", `s${DETAIL_LIMIT - 1}`]);
  assert.deepEqual(tracker.snapshot(0, { pid: 7 }).detail, { pid: 7, sockets: [], omitted: 0 });
  assert.equal(tracker.snapshot(0).detail, null);
});

test("gaps are counted, not kept", () => {
  const tracker = new Tracker();
  for (let i = 0; i < 1000; i++) tracker.apply(gap(i, i % 2 === 0 ? 3 : null));
  const { gaps } = tracker.snapshot(0);
  assert.deepEqual(gaps, { count: 1000, lost: 1500, unknown: 500, last: { atUs: 999, text: "events lost" } });
});
