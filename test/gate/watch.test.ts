/** Who let go of a socket that was owed a close, and what that means: a story each. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { whyElsewhere, whyIncomplete } from "../../src/gate/completeness.ts";
import { judgeLeft } from "../../src/gate/judge.ts";
import { Watch } from "../../src/gate/watch.ts";
import type { CloseEvent, Event, OfSocket } from "../../src/model/event.ts";
import { gap, recording, stamped } from "../model/lives.ts";

const SECOND = 1_000_000;
const PID = 4121;
const OF: Omit<OfSocket, "atUs" | "seq"> = {
  sock: "s1",
  local: { addr: "127.0.0.1", port: 8_080 },
  remote: { addr: "127.0.0.1", port: 40_001 },
  netns: 1,
  inode: 70,
};

/** As lean probes tell it, when it has owed a close for half a second. */
function suspect(over: Partial<typeof OF> = {}): readonly Event[] {
  const of = { ...OF, ...over };
  const who = { pid: PID, tid: PID, comm: "api", fd: 7 };
  const how = { how: "accept", queuedUs: null, learned: "sys_exit_accept" } as const;
  return [
    stamped({ type: "open", atUs: 1 * SECOND, ...of, ...who, ...how }),
    stamped({ type: "state", atUs: 2 * SECOND, ...of, from: "ESTABLISHED", to: "CLOSE_WAIT", recvQ: 0 }),
  ] as const;
}

function close(atUs: number, over: Partial<CloseEvent> = {}): Event {
  const who = { pid: PID, tid: PID, comm: "api", fd: null };
  return stamped({ type: "close", atUs, ...OF, ...who, how: "close", exiting: false, ...over } as const);
}

function toClose(atUs: number): Event {
  return stamped({ type: "state", atUs, ...OF, inode: 70, from: "CLOSE_WAIT", to: "CLOSE" } as const);
}

const exits = (atUs: number, finalUs: number | null = null) => ({ pid: PID, atUs, finalUs, isGuess: false });

function watched(events: readonly Event[], ends: readonly ReturnType<typeof exits>[] = []) {
  const watch = new Watch({ olderThanMs: 1_000 });
  watch.take([recording(0, { attachment: "tracepoint", mode: "lean" }), ...events]);
  for (const end of ends) watch.exits(end);
  const snapshot = watch.tracker.snapshot(10 * SECOND);
  const left = watch.left(snapshot);
  return { watch, left, findings: judgeLeft(left, { snapshot, olderThanMs: 1_000 }) };
}

const releases = (...of: Parameters<typeof watched>) => watched(...of).left.map(({ release }) => release);

test("by its process's exit, a second or more after the peer", () => {
  assert.deepEqual(releases([...suspect(), close(3 * SECOND, { exiting: true })]), ["exit"]);
  assert.deepEqual(releases([...suspect(), close(3 * SECOND - 1, { exiting: true })]), [], "a microsecond too young");
});

test("by close(), however late: nothing is held against it", () => {
  assert.deepEqual(releases([...suspect(), close(9 * SECOND)]), []);
  assert.deepEqual(releases([...suspect(), close(9 * SECOND)], [exits(9 * SECOND + 60_000)]), []);
});

test("the kernel's own end after a close is not a second one", () => {
  const destroyed = close(9 * SECOND + 5, { how: "destroyed", exiting: true });
  assert.deepEqual(releases([...suspect(), close(9 * SECOND), destroyed]), []);
});

test("by a runtime that takes down its world", () => {
  const at = 9 * SECOND;
  assert.deepEqual(releases([...suspect(), close(at)], [exits(at + 20_000, at - 4_000)]), ["runtime"]);
  assert.deepEqual(releases([...suspect(), close(at)], [exits(at + 20_000, at + 4_000)]), [], "before it did");
  const early = [...suspect(), close(3.2 * SECOND)];
  assert.deepEqual(
    releases(early, [exits(3.3 * SECOND, 1.5 * SECOND)]),
    [],
    "SIGINT's default from before the peer closed",
  );
});

test("by a runtime that closed what it found unclosed; what was closed before, perhaps", () => {
  const at = 9 * SECOND;
  const guessed = (atUs: number, finalUs: number) => [{ ...exits(atUs, finalUs), isGuess: true }];
  assert.deepEqual(releases([...suspect(), close(at)], guessed(at + 20_000, at - 1_000)), ["runtime"]);
  assert.deepEqual(releases([...suspect(), close(at)], guessed(at + 20_000, at + 1_000)), ["last-moments"]);
});

test("in a process's last moments: perhaps", () => {
  const { left, findings } = watched([...suspect(), close(9 * SECOND)], [exits(9 * SECOND + 8_000)]);
  assert.deepEqual(
    left.map(({ release }) => release),
    ["last-moments"],
  );
  assert.deepEqual(
    findings.map(({ finding }) => finding.confidence),
    ["possible"],
  );
  assert.match(findings[0]?.finding.because ?? "", /last moments/);
});

test("held still: also without an end", () => {
  assert.deepEqual(releases(suspect()), [null]);
});

test("an exit that resets it first leaves it of the kind that it was", () => {
  const events = [...suspect(), toClose(9 * SECOND), close(9 * SECOND + 40, { how: "destroyed", exiting: true })];
  assert.deepEqual(
    watched(events).findings.map(({ finding }) => finding.kind),
    ["eof-ignored"],
  );
  const reset = [...suspect(), toClose(5 * SECOND), close(9 * SECOND, { how: "destroyed", exiting: true })];
  assert.deepEqual(
    watched(reset).findings.map(({ finding }) => finding.kind),
    ["gone-unclosed"],
  );
});

test("what waited in a queue is its listener's", () => {
  const of = { ...OF, inode: null };
  const born = stamped({ type: "state", atUs: SECOND, ...of, from: "LISTEN", to: "SYN_RECV" } as const);
  const closed = stamped({
    type: "state",
    atUs: 2 * SECOND,
    ...of,
    from: "ESTABLISHED",
    to: "CLOSE_WAIT",
    recvQ: 1,
  } as const);
  const destroyed = close(9 * SECOND, {
    inode: null,
    how: "destroyed",
    pid: null,
    tid: null,
    comm: null,
    exiting: null,
  });
  const story = (end: ReturnType<typeof exits> | null) => {
    const watch = new Watch({ olderThanMs: 1_000 });
    watch.listens({ pid: PID, netns: 1, port: 8_080 });
    watch.take([recording(0, { mode: "lean" }), born, closed, destroyed]);
    if (end !== null) watch.exits(end);
    return watch.left(watch.tracker.snapshot(10 * SECOND));
  };
  assert.deepEqual(
    story(exits(9 * SECOND - 900)).map(({ pid, release }) => [pid, release]),
    [[PID, "exit"]],
  );
  assert.deepEqual(story(null), [], "it closed its listener and lives on");
});

test("a thousand processes of one program are one finding", () => {
  const many = Array.from({ length: 1_000 }, (_, n) => {
    const of = { sock: `s${n}`, inode: n + 1 };
    const [open, state] = suspect(of) as [Extract<Event, { type: "open" }>, Event];
    const mine = { ...open, pid: 10_000 + n, tid: 10_000 + n };
    return [mine, state, close(9 * SECOND, { ...of, pid: 10_000 + n, exiting: true })];
  });
  const { findings } = watched(many.flat());
  assert.deepEqual(
    findings.map(({ finding, processes, exited }) => [finding.count, processes, exited]),
    [[1_000, 1_000, 1_000]],
  );
  assert.equal(findings[0]?.finding.id, "api eof-ignored accept :8080");
});

test("what was lost makes it incomplete, what the kernel skipped only where it matters", () => {
  const skipped = stamped({ type: "gap", atUs: 1, why: "recursion", lost: 9, text: "skipped" } as const);
  const { watch } = watched([skipped, gap(2, 14), gap(3, null)]);
  const seen = { withoutProbes: null, gaps: watch.gaps, blind: 0, omitted: 0 };
  assert.deepEqual(whyIncomplete(seen), ["events lost"]);
  assert.deepEqual(whyIncomplete({ ...seen, gaps: [] }), []);
  assert.deepEqual(whyIncomplete({ ...seen, gaps: [], blind: 1 }), [
    "of 1 socket in CLOSE_WAIT at an exit, since when is not known",
  ]);
});

test("nobody vouches for what a daemon did for the command", () => {
  const none = { connections: 0 };
  assert.match(whyElsewhere(["/usr/bin/docker", "compose", "up"], none) ?? "", /^no connection was seen: what docker /);
  assert.equal(whyElsewhere(["docker-compose", "up"], { connections: 2 }), null, "podman's, by docker's name");
  assert.equal(whyElsewhere(["podman", "run", "shop"], none), null);
  assert.equal(whyElsewhere(["npm", "test"], none), null, "a suite may connect to nobody");
});
