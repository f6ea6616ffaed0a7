/** Truth table of kinds: one row per combination of evidence. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { evidenceOf } from "../../src/analysis/evidence.ts";
import { DEFAULT_THRESHOLDS, type Judged } from "../../src/analysis/finding.ts";
import { judge } from "../../src/analysis/judge.ts";
import type { SocketView } from "../../src/model/snapshot.ts";
import { recording } from "../model/lives.ts";
import { aged, process, SECOND_US, type SnapshotOver, snapshot, socket } from "./sockets.ts";

type Row = readonly [what: string, over: Partial<SocketView>, expected: string, stream?: SnapshotOver];

const queued = { owner: null, inode: 0 };
const unknownSince = { peerClosedUs: null, halfway: true };
const oneGap = { gaps: { count: 1, lost: 1, unknown: 0, last: null } };
const oldKernel = { recording: { ...recording(0, { attachment: "tracepoint" }), kernel: "6.2.16" } } as const;
const newKernel = { recording: { ...recording(0, { attachment: "tracepoint" }), kernel: "6.3.0" } } as const;

const ROWS: readonly Row[] = [
  // not enough data
  ["no recording", {}, "unknown leak likely", { recording: null }],
  ["lean mode traces no reads", {}, "unknown leak likely", { mode: "lean" }],
  ["no tracepoint for reads before 6.3", {}, "unknown leak likely", oldKernel],
  ["reads before we came", unknownSince, "unknown leak likely"],
  ["let go of, and still there", { letGo: true }, "unknown listed possible"],
  ["let go of after EOF, and still there", { letGo: true, eofRead: true }, "unknown listed possible"],
  // never-accepted
  ["in the queue", queued, "never-accepted leak certain"],
  ["in the queue, tracepoints miss accepts", queued, "never-accepted leak likely", newKernel],
  ["no owner, inode not told", { ...queued, inode: null }, "never-accepted leak likely"],
  ["reset in the queue", { ...queued, state: "CLOSE" }, "never-accepted leak certain"],
  ["an inode: accepted unseen", { ...queued, inode: 9 }, "eof-unread leak likely"],
  ["read from: accepted unseen", { ...queued, eofRead: true }, "eof-ignored leak certain"],
  ["shut down: accepted unseen", { ...queued, shutdown: true }, "eof-unread leak likely"],
  ["its accept may be before our time", { ...queued, halfway: true }, "eof-unread leak likely"],
  ["connect side is never in a queue", { ...queued, side: "connect" }, "eof-unread leak likely"],
  ["side unknown", { ...queued, side: null, halfway: true }, "eof-unread leak likely"],
  // gone-unclosed
  ["reset, still held", { state: "CLOSE" }, "gone-unclosed leak certain"],
  ["reset after EOF, still held", { state: "CLOSE", eofRead: true }, "gone-unclosed leak certain"],
  ["reset at a time unknown", { state: "CLOSE", ...unknownSince }, "gone-unclosed leak certain"],
  ["reset, no owner known", { state: "CLOSE", owner: null }, "gone-unclosed leak certain"],
  // CLOSE_WAIT
  ["EOF read", { eofRead: true }, "eof-ignored leak certain"],
  ["EOF read in lean mode", { eofRead: true }, "eof-ignored leak certain", { mode: "lean" }],
  ["EOF read, halfway", { eofRead: true, ...unknownSince }, "eof-ignored leak certain"],
  ["EOF not read", {}, "eof-unread leak likely"],
  ["EOF not read, kernel tells reads", {}, "eof-unread leak likely", newKernel],
  ["EOF not read, connect side", { side: "connect" }, "eof-unread leak likely"],
  // half-closed
  ["shut down, FIN_WAIT2", { state: "FIN_WAIT2", shutdown: true }, "half-closed listed certain"],
  ["FIN_WAIT2, how not seen", { state: "FIN_WAIT2" }, "half-closed listed likely"],
  ["shut down after EOF", { state: "LAST_ACK", shutdown: true, eofRead: true }, "half-closed listed certain"],
  ["CLOSING", { state: "CLOSING" }, "half-closed listed likely"],
  // ages
  ["just under the suspect age", { peerClosedUs: 5 * SECOND_US - 1 }, "eof-unread listed likely"],
  ["at the suspect age", { peerClosedUs: 5 * SECOND_US }, "eof-unread suspect likely"],
  ["just under a leak", { peerClosedUs: 60 * SECOND_US - 1 }, "eof-unread suspect likely"],
  ["at a leak", { peerClosedUs: 60 * SECOND_US }, "eof-unread leak likely"],
  ["reset now, peer closed long ago", { state: "CLOSE", inStateUs: 0 }, "gone-unclosed leak certain"],
  // gaps
  [
    "EOF read, then a loss that may hide the close",
    { eofRead: true, acrossGap: true },
    "eof-ignored leak possible",
    oneGap,
  ],
  ["EOF not read, loss", { acrossGap: true }, "eof-unread leak possible", oneGap],
  ["queue, loss may hide the accept", { ...queued, acrossGap: true }, "never-accepted leak possible", oneGap],
  ["a gap before it closed is nothing to it", { eofRead: true }, "eof-ignored leak certain", oneGap],
];

function judged(unclosed: readonly SocketView[], stream: SnapshotOver = {}): readonly Judged[] {
  const of = process({ unclosed });
  const sockets = unclosed.map((socket) => ({ socket, doors: 0 }));
  return judge({ process: of, sockets }, evidenceOf(snapshot({ ...stream, processes: [of] }), DEFAULT_THRESHOLDS));
}

for (const [what, over, expected, stream] of ROWS) {
  test(`kind: ${what}`, () => {
    const of = socket(over);
    const { kind, standing, confidence, because } = judged([of], stream)[0] as Judged;
    assert.equal(`${kind} ${standing} ${confidence}`, expected);
    assert.equal(because.includes("across a gap"), of.acrossGap);
  });
}

test("a loss of few events cannot explain many sockets", () => {
  const unclosed = Array.from({ length: 23 }, () => aged(61, { eofRead: true, acrossGap: true }));
  const confidenceAfter = (lost: number, unknown = 0) => {
    const stream = { gaps: { count: 1, lost, unknown, last: null } };
    return judged(unclosed, stream).map(({ confidence }) => confidence);
  };
  assert.deepEqual(new Set(confidenceAfter(11)), new Set(["likely"]));
  assert.deepEqual(new Set(confidenceAfter(12)), new Set(["possible"]));
  assert.deepEqual(new Set(confidenceAfter(1, 1)), new Set(["possible"]));
});

test("because tells the age, as a lower bound where its begin was not seen", () => {
  const because = (over: Partial<SocketView>) => judged([socket({ eofRead: true, ...over })])[0]?.because;
  assert.equal(because({}), "read returned 0, no close for 61 s");
  assert.equal(because(unknownSince), "read returned 0, no close for at least 61 s");
});
