import assert from "node:assert/strict";
import { test } from "node:test";
import { displayWidth } from "../../src/format/width.ts";
import type { Event, OfSocket } from "../../src/model/event.ts";
import { TraceLines } from "../../src/report/trace-line.ts";
import { Lives } from "../../src/report/trace-lives.ts";

let seq = 0;
const S = 1_000_000;

function of(seconds: number, sock = "a"): OfSocket {
  seq += 1;
  const local = { addr: "127.0.0.1", port: 8080 };
  return { atUs: seconds * S, seq, sock, local, remote: { addr: "127.0.0.1", port: 51_234 }, netns: 1, inode: 2 };
}

function actor(comm = "python3") {
  return { pid: 4121, tid: 4130, comm, fd: 7 };
}

/** A socket whose peer closes after 12 s, read to its end, closed after 61 s more. */
function life(): Event[] {
  return [
    { type: "tick", atUs: 0, seq: 0, wallMs: Date.UTC(2026, 10, 21, 12, 0, 0) },
    { ...of(1), type: "state", from: "LISTEN", to: "SYN_RECV" },
    { ...of(1.001), type: "state", from: "SYN_RECV", to: "ESTABLISHED" },
    { ...of(1.301), type: "open", how: "accept", queuedUs: 300_000, learned: "inet_csk_accept", ...actor() },
    { ...of(13.001), type: "state", from: "ESTABLISHED", to: "CLOSE_WAIT" },
    { ...of(13.002), type: "read", ...actor() },
    { ...of(74.002), type: "close", how: "close", exiting: false, ...actor() },
    { ...of(74.003), type: "state", from: "CLOSE_WAIT", to: "LAST_ACK" },
    { ...of(74.004), type: "state", from: "LAST_ACK", to: "CLOSE" },
    { ...of(74.005), type: "close", how: "destroyed", exiting: null, pid: null, tid: null, comm: null, fd: null },
  ];
}

function linesOf(events: readonly Event[], lines = new TraceLines()): string[] {
  return events.map((event) => lines.line(event)).filter((line) => line !== undefined);
}

test("the life of a socket, as a person reads it", () => {
  assert.deepEqual(
    [new TraceLines().header(), ...linesOf(life())],
    [
      "TIME UTC      WHAT                                    AFTER  LOCAL → REMOTE                          OWNER",
      "12:00:01.000  LISTEN → SYN_RECV                              127.0.0.1:8080 → 127.0.0.1:51234",
      "12:00:01.001  SYN_RECV → ESTABLISHED                  0.0 s  127.0.0.1:8080 → 127.0.0.1:51234",
      "12:00:01.301  accept                           queued 0.3 s  127.0.0.1:8080 → 127.0.0.1:51234        python3 4121 fd 7",
      "12:00:13.001  ESTABLISHED → CLOSE_WAIT                 12 s  127.0.0.1:8080 → 127.0.0.1:51234        python3 4121 fd 7",
      "12:00:13.002  read EOF                                0.0 s  127.0.0.1:8080 → 127.0.0.1:51234        python3 4121 fd 7",
      "12:01:14.002  close, CLOSE_WAIT for 61 s         lived 73 s  127.0.0.1:8080 → 127.0.0.1:51234        python3 4121 fd 7",
      "12:01:14.003  CLOSE_WAIT → LAST_ACK                    61 s  127.0.0.1:8080 → 127.0.0.1:51234        python3 4121 fd 7",
      "12:01:14.004  LAST_ACK → CLOSE                        0.0 s  127.0.0.1:8080 → 127.0.0.1:51234        python3 4121 fd 7",
      "12:01:14.005  destroyed, CLOSE_WAIT for 61 s     lived 73 s  127.0.0.1:8080 → 127.0.0.1:51234        python3 4121 fd 7",
    ],
  );
});

test("before the wall clock is known: seconds since the first event; local time where the offset is given", () => {
  const [, ...withoutTick] = life();
  assert.match(linesOf(withoutTick)[3] ?? "", /^\+12\.001 s +ESTABLISHED → CLOSE_WAIT /);
  const local = new TraceLines({ utcOffsetMinutes: 90 });
  assert.match(local.header(), /^TIME {10}WHAT/);
  assert.match(linesOf(life(), local)[0] ?? "", /^13:30:01\.000 /);
});

test("what was not seen is not made up", () => {
  const halfway: Event = {
    ...of(9, "late"),
    type: "state",
    from: "ESTABLISHED",
    to: "CLOSE_WAIT",
    local: null,
    remote: null,
  };
  assert.equal(linesOf([halfway])[0], "+0.000 s      ESTABLISHED → CLOSE_WAIT");
  const close: Event = {
    ...of(12, "late"),
    type: "close",
    how: "tcp_close",
    exiting: null,
    pid: null,
    tid: null,
    comm: null,
    fd: null,
  };
  assert.match(linesOf([close])[0] ?? "", /^\+0\.000 s {6}last close {2,}127/);
  // From a state in which it was not: a transition is missing, so its length is unknown.
  const jump: Event = { ...of(80), type: "state", from: "FIN_WAIT1", to: "FIN_WAIT2" };
  assert.doesNotMatch(linesOf([...life().slice(0, 5), jump]).at(-1) ?? "", /\d s /);
});

test("an exit is told from a close; gaps are loud; the recording and its end are told", () => {
  const exit: Event = { ...of(3), type: "close", how: "close", exiting: true, ...actor() };
  const gap: Event = { type: "gap", atUs: 4 * S, seq: 90, why: "lost", lost: 1_700, text: "bpftrace\nlost them" };
  const unknown: Event = { ...gap, lost: null };
  const end: Event = { type: "end", atUs: 5 * S, seq: 91, why: "asked to" };
  const [closed, lost, some, ended] = linesOf([exit, gap, unknown, end]);
  assert.match(closed ?? "", / closed by exit .* python3 4121 fd 7$/);
  assert.equal(lost, "+1.000 s      !!! GAP: 1,700 events missing (lost): bpftrace\\nlost them");
  assert.match(some ?? "", /!!! GAP: an unknown number of events missing/);
  assert.equal(ended, "+2.000 s      --- end: asked to");
});

for (const [comm, shown] of [
  ['a"b', 'a"b'],
  ["two\nlines", "two\\nlines"],
  ["\x1b[2J\x1b]0;t\x07", "\\x1b[2J\\x1b]0;t\\x07"],
  ["{red-fg}", "{red-fg}"],
  ["日本語", "日本語"],
  ["%s%n", "%s%n"],
  ["\u202eevil", "\\u{202e}evil"],
  ["x".repeat(200), `${"x".repeat(23)}…`],
] as const) {
  test(`a process named ${JSON.stringify(comm.slice(0, 20))} stays in its place`, () => {
    const open: Event = {
      ...of(1),
      type: "open",
      how: "accept",
      queuedUs: null,
      learned: "inet_csk_accept",
      ...actor(comm),
    };
    const [line] = linesOf([open]);
    assert.equal(line?.slice(101), `${shown} 4121 fd 7`);
    assert.doesNotMatch(line ?? "", /[\p{C}\u202e]/u);
  });
}

test("long addresses push what follows on their line only, and lines stay within 120 columns otherwise", () => {
  const addr = "2001:db8:85a3:8d3:1319:8a2e:370:7348";
  const event: Event = { ...of(1), type: "state", from: "ESTABLISHED", to: "CLOSE_WAIT", local: { addr, port: 443 } };
  const [, line] = linesOf([
    { ...of(0.5), type: "open", how: "accept", queuedUs: null, learned: "inet_csk_accept", ...actor() },
    event,
  ]);
  assert.ok(line?.endsWith(`[${addr}]:443 → 127.0.0.1:51234  python3 4121 fd 7`));
  for (const text of linesOf(life())) assert.ok(displayWidth(text) <= 120, text);
});

test("memory is bounded: the least recently touched socket is forgotten, one that ended at once", () => {
  const lives = new Lives(2);
  for (const sock of ["a", "b", "a", "c"])
    lives.apply({ ...of(1, sock), type: "state", from: "LISTEN", to: "SYN_RECV" });
  assert.equal(lives.size, 2);
  assert.equal(lives.apply({ ...of(3, "a"), type: "state", from: "SYN_RECV", to: "ESTABLISHED" }).livedUs, 2 * S);
  lives.apply({
    ...of(4, "a"),
    type: "close",
    how: "destroyed",
    pid: null,
    tid: null,
    comm: null,
    fd: null,
    exiting: null,
  });
  assert.equal(lives.size, 1);
});
