/** Verdicts as a truth table, the sentence, and the order of the suspects. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { analyse } from "../../src/analysis/analyse.ts";
import type { Verdict } from "../../src/analysis/finding.ts";
import type { Snapshot } from "../../src/model/snapshot.ts";
import { recording } from "../model/lives.ts";
import {
  AT_US,
  aged,
  census,
  process,
  round,
  SECOND_US,
  type SnapshotOver,
  snapshot,
  socket,
  standing,
} from "./sockets.ts";

const lost = { gaps: { count: 1, lost: 12, unknown: 0, last: null } };
const nothing = { opened: 0, standing: 0, closed: 0, live: 0, lost: 0 };
const holding = (...unclosed: ReturnType<typeof socket>[]) => ({ processes: [process({ unclosed })] });
const [leak, suspect, young] = [aged(61, { eofRead: true }), aged(6), aged(0.3)];
const maybe = aged(61, { acrossGap: true });
const half = socket({ state: "FIN_WAIT2", shutdown: true });

const debian12 = { ...recording(0), kernel: "6.1.0-18-amd64" };
const onlySeen = { tracedSinceUs: null, mode: "census", attachment: "census" } as const;
const toServer = { side: "connect", remote: { addr: "10.0.3.4", port: 443 } } as const;
const pool = [standing({}, toServer), standing({}, toServer)];

const lookedAgo = (secondsAgo: number) => ({
  census: census({ last: round({ fromUs: AT_US - secondsAgo * SECOND_US }) }),
});
const lostAt = (second: number) => ({
  gaps: { count: 1, lost: 12, unknown: 0, last: { atUs: second * SECOND_US, text: "" } },
});
/** Unclosed for 65 s at AT_US, seen by a census when it was so many seconds old. */
const seenAt = (seconds: number) =>
  standing(
    { atUs: AT_US - (65 - seconds) * SECOND_US },
    { ...aged(65, { acrossGap: true, eofRead: true }), halfway: false },
  );

const VERDICTS: readonly (readonly [what: string, over: SnapshotOver, verdict: Verdict])[] = [
  ["no events", { events: 0, books: nothing, recording: null }, "unknown"],
  ["watched too short, nothing seen", { atUs: SECOND_US, books: nothing }, "unknown"],
  ["watched too short, something unclosed", { atUs: SECOND_US, ...holding(young) }, "unknown"],
  ["watched too short, but nothing unclosed", { atUs: SECOND_US }, "clean"],
  ["watched long, nothing seen", { books: nothing }, "clean"],
  ["all closed", {}, "clean"],
  ["all closed, events lost", lost, "unknown"],
  ["all closed, gap of unknown size", { gaps: { count: 1, lost: 0, unknown: 1, last: null } }, "unknown"],
  ["all closed, gap that lost nothing known", { gaps: { count: 1, lost: 0, unknown: 0, last: null } }, "unknown"],
  ["an end not seen", { books: { ...nothing, opened: 2, closed: 1, lost: 1 } }, "unknown"],
  ["a move not seen", { illegalMoves: 1 }, "unknown"],
  ["skips not counted", { recording: debian12 }, "unknown"],
  ["skips not counted, and a census has looked", { recording: debian12, census: census() }, "clean"],
  ["a jump in lean mode", { illegalMoves: 1, mode: "lean" }, "clean"],
  ["lean, events lost, no census", { ...lost, mode: "lean" }, "unknown"],
  [
    "lean, events lost, a census looked less than a leak's age ago",
    { ...lost, ...lookedAgo(59), mode: "lean" },
    "clean",
  ],
  ["lean, events lost, no census for longer than that", { ...lost, ...lookedAgo(61), mode: "lean" }, "unknown"],
  ["full, events lost, a census has looked", { ...lost, ...lookedAgo(1) }, "unknown"],
  ["census only", { mode: "census", attachment: "census" }, "unknown"],
  ["census only, one full look", { ...onlySeen, census: census() }, "clean"],
  ["census only, one look at CLOSE_WAIT", { ...onlySeen, census: census({ lastFull: null }) }, "unknown"],
  ["census only, something not seen", { ...onlySeen, census: census({ lastFull: round({ why: ["x"] }) }) }, "unknown"],
  ["census only, leak", { ...onlySeen, census: census(), ...holding(standing()) }, "leak"],
  [
    "census only, age not known",
    { ...onlySeen, census: census(), ...holding(standing({ timer: "keepalive" })) },
    "suspect",
  ],
  ["census only, a pool stands", { ...onlySeen, census: census(), ...holding(...pool) }, "clean"],
  ["how it was taken is not known", { recording: null }, "unknown"],
  ["young CLOSE_WAIT", holding(young), "clean"],
  ["half-closed", holding(half), "clean"],
  ["suspect", holding(suspect), "suspect"],
  ["suspect, events lost", { ...holding(suspect), ...lost }, "unknown"],
  ["leak", holding(leak), "leak"],
  ["leak, events lost before it", { ...holding(leak), ...lost }, "leak"],
  ["possible leak across a loss", { ...holding(maybe), ...lost }, "unknown"],
  ["leak that a census saw leak before the loss", { ...holding(seenAt(62)), ...lostAt(98) }, "leak"],
  ["one that a census saw before it had leaked", { ...holding(seenAt(58)), ...lostAt(98) }, "unknown"],
  ["possible and certain leak", { ...holding(maybe, leak), ...lost }, "leak"],
  ["leak of nobody known", { ownerless: [aged(61, { owner: null, inode: 0 })] }, "leak"],
];

for (const [what, over, expected] of VERDICTS) {
  test(`verdict: ${what} → ${expected}`, () => {
    const { verdict, complete, why } = analyse(snapshot(over));
    assert.equal(verdict, expected);
    assert.equal(complete, why.length === 0);
  });
}

const remote = { addr: "10.0.3.4", port: 443 };
const leaked = Array.from({ length: 23 }, (_, i) => aged(61 + i * 50, { side: "connect", remote, eofRead: true }));
const balanced = { opened: 1204, standing: 0, closed: 1204, live: 0, lost: 0 };
const clean = { atUs: 30 * SECOND_US, books: balanced };

const looked = { ...onlySeen, census: census(), books: { ...nothing, standing: 1204, live: 1204 } };

const SENTENCES: readonly (readonly [over: SnapshotOver, text: string])[] = [
  [{ ...looked, oldestCloseWaitUs: 300_000 }, "nothing leaked: 1,204 live, oldest CLOSE_WAIT 0.3 s, complete"],
  // The model has seen the pool's for 0.3 s, and the census's stamps tell of more.
  [
    { ...looked, oldestCloseWaitUs: 300_000, ...holding(...pool) },
    "nothing leaked: 1,204 live, oldest CLOSE_WAIT 61 s, complete",
  ],
  [{ ...looked, census: census({ rounds: 2 }) }, "nothing leaked: 1,204 live, no CLOSE_WAIT, watched 100 s, complete"],
  [
    { ...looked, census: census({ last: round({ why: ["fds of 7 processes may not be read"] }) }) },
    "nothing leaked: 1,204 live, no CLOSE_WAIT, incomplete: fds of 7 processes may not be read",
  ],
  [
    { ...looked, processes: [process({ opened: 0, unclosed: [standing(), standing()] })] },
    "python3 4121 leaks 2 sockets with 10.0.0.9 (eof-unread), oldest 61 s",
  ],
  [holding(...leaked), "python3 4121 leaks 23 of 97 sockets to 10.0.3.4:443 (eof-ignored), oldest 19 min, about 69/h"],
  [
    { ...clean, oldestCloseWaitUs: 300_000 },
    "nothing leaked: 1,204 opened, 1,204 closed, oldest CLOSE_WAIT 0.3 s, watched 30 s, complete",
  ],
  [
    { ...clean, ...lost },
    "nothing leaked: 1,204 opened, 1,204 closed, no CLOSE_WAIT, watched 30 s, incomplete: 12 events lost",
  ],
  [{ atUs: SECOND_US, books: nothing }, "not enough data: 0 opened, 0 closed, no CLOSE_WAIT, watched 1.0 s"],
  [
    { ...holding(leak, aged(62, { state: "CLOSE" }), aged(63, { state: "CLOSE" })), ...lost },
    "python3 4121 leaks 3 of 97 sockets on port 8080 from 10.0.0.9 (2 gone-unclosed, 1 eof-ignored), oldest 63 s, incomplete: 12 events lost",
  ],
  [
    { ownerless: [aged(70, { owner: null, inode: 0 }), aged(61, { owner: null, inode: 0 })], ...holding(leak) },
    "nobody accepts 2 sockets on port 8080 from 10.0.0.9 (never-accepted), oldest 70 s; and 1 more process",
  ],
  [
    // Who may leak is not among those that do.
    { ownerless: [aged(70, { owner: null, inode: 0 })], ...holding(aged(6)) },
    "nobody accepts 1 socket on port 8080 from 10.0.0.9 (never-accepted), oldest 70 s",
  ],
  [
    { ownerless: [aged(61, { owner: null, halfway: true, side: null, local: null })] },
    "an unknown process leaks 1 socket with 10.0.0.9 (eof-unread), oldest 61 s",
  ],
  [
    holding(aged(6, { remote: { addr: "fd00::4", port: 443 }, side: "connect" }), aged(0.2)),
    "python3 4121 may leak 1 of 97 sockets to [fd00::4]:443 (eof-unread), oldest 6.0 s",
  ],
];

for (const [over, text] of SENTENCES) test(`sentence: ${text}`, () => assert.equal(analyse(snapshot(over)).text, text));

test("suspects: worst first, then those that owe nothing by their live sockets", () => {
  const processes: Snapshot["processes"] = [
    process({ pid: 1, live: 5 }),
    process({ pid: 2, live: 900 }),
    process({ pid: 3, unclosed: [aged(8)] }),
    process({ pid: 4, unclosed: [aged(9)] }),
    process({ pid: 5, unclosed: [aged(61)] }),
    process({ pid: 6, unclosed: [aged(61), aged(62)] }),
    process({ pid: 7, unclosed: [aged(61), aged(7)] }),
  ];
  const { suspects } = analyse(snapshot({ processes }));
  assert.deepEqual(
    suspects.map(({ pid }) => pid),
    [6, 7, 5, 4, 3, 2, 1],
  );
});

test("a suspect: counts, kinds without young ones, oldest of those that count, worst socket first", () => {
  const unclosed = [half, aged(600, { state: "CLOSING" }), aged(0.2), aged(7), aged(61, { eofRead: true })];
  const [of] = analyse(snapshot({ processes: [process({ unclosed, closed: 0 })] })).suspects;
  assert.deepEqual([of?.leaked, of?.suspects, of?.closeWait, of?.oldest?.minMs], [1, 1, 3, 61_000]);
  assert.deepEqual(of?.kinds, { "eof-ignored": 1, "eof-unread": 1, "half-closed": 2 });
  assert.deepEqual(
    of?.sockets.map(({ standing }) => standing),
    ["leak", "suspect", "listed", "listed", "listed"],
  );
});

test("never closes: only who had cause to", () => {
  const neverCloses = (closed: number, ...unclosed: ReturnType<typeof socket>[]) =>
    analyse(snapshot({ processes: [process({ closed, unclosed })] })).suspects[0]?.neverCloses;
  assert.equal(neverCloses(0, leak), true);
  assert.equal(neverCloses(0, suspect), true);
  assert.equal(neverCloses(0, young), false);
  assert.equal(neverCloses(0, half), false);
  assert.equal(neverCloses(1, leak), false);
});

test("thresholds are the caller's", () => {
  const { verdict } = analyse(snapshot(holding(aged(1.5))), { suspectMs: 500, olderThanMs: 1_000 });
  assert.equal(verdict, "leak");
});
