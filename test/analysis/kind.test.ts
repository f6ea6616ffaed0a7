/** Truth table of kinds: one row per combination of evidence. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { evidenceOf } from "../../src/analysis/evidence.ts";
import { DEFAULT_THRESHOLDS, type Judged, type Thresholds } from "../../src/analysis/finding.ts";
import { judge } from "../../src/analysis/judge.ts";
import type { Holder, NoHolder, ProcessEvent } from "../../src/model/census.ts";
import type { SocketView } from "../../src/model/snapshot.ts";
import { recording } from "../model/lives.ts";
import {
  aged,
  facts,
  HELD,
  OWNER,
  process,
  SECOND_US,
  type SnapshotOver,
  snapshot,
  socket,
  standing,
} from "./sockets.ts";

type Row = readonly [what: string, over: Partial<SocketView>, expected: string, stream?: SnapshotOver];

const queued = { owner: null, inode: 0 };
const unknownSince = { peerClosedUs: null, halfway: true };
const oneGap = { gaps: { count: 1, lost: 1, unknown: 0, last: null } };
const oldKernel = { recording: { ...recording(0, { attachment: "tracepoint" }), kernel: "6.2.16" } } as const;
const newKernel = { recording: { ...recording(0, { attachment: "tracepoint" }), kernel: "6.3.0" } } as const;

const nobody = { owner: null };
const inQueue = { inode: 0, holders: [] };
const loose = (noHolder: NoHolder) => ({ holders: [], noHolder }) as const;
const noStamps = { recvQ: null, sendQ: null, timer: null, lastSndMs: null, lastRcvMs: null, lastAckMs: null };
const inNoTable = { state: "CLOSE", ...noStamps } as const;
const unnamed = { local: null, remote: null };
/** Seen so for 70 s. */
const watched = { sinceUs: 30 * SECOND_US };
const CAT: Holder = { pid: 77, fd: 7, epoll: null };
const leftBy = { letGo: true, traced: true, owner: OWNER };
const sharedWith = (exe: string): SnapshotOver => ({ sharers: [facts({ pid: 77, comm: "cat", exe })] });
const gapAt = (seconds: number): SnapshotOver => ({
  gaps: { count: 1, lost: 1, unknown: 0, last: { atUs: seconds * SECOND_US, text: "1 event lost" } },
});

const ROWS: readonly Row[] = [
  // not enough data
  ["no recording", {}, "unknown leak likely", { recording: null }],
  ["lean mode traces no reads", {}, "unknown leak likely", { mode: "lean" }],
  ["lean mode told that the FIN is unread", { recvQ: 1 }, "eof-unread leak likely", { mode: "lean" }],
  ["lean mode told that it was consumed", { recvQ: 0 }, "eof-ignored leak likely", { mode: "lean" }],
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
  // census: not enough data
  ["no queue told", standing({ recvQ: null }), "unknown leak likely"],
  ["holders may not be seen", standing({ holders: [], noHolder: "hidden" }), "no-holder leak possible"],
  ["age not known", standing({ timer: "keepalive" }), "eof-unread suspect possible"],
  [
    "age not known, watched for a minute",
    standing({ timer: "keepalive", sinceUs: 40 * SECOND_US }),
    "eof-unread leak certain",
  ],
  ["age not known, data came just now", standing({ timer: "keepalive", lastRcvMs: 900 }), "eof-unread listed certain"],
  ["no stamps", standing({ lastSndMs: null, lastRcvMs: null, lastAckMs: null }), "eof-unread suspect possible"],
  ["stamps that cannot be", standing({ lastRcvMs: 60_000 }), "eof-unread suspect possible"],
  // census: never-accepted
  ["no file", standing(inQueue, nobody), "never-accepted leak certain"],
  ["no file, connect side", standing(inQueue, { ...nobody, side: "connect" }), "eof-unread leak possible"],
  ["no file any more, but it was read", standing(inQueue, { ...nobody, eofRead: true }), "eof-ignored leak certain"],
  // census: no-holder
  ["not found once", standing(loose("not-found")), "no-holder leak possible"],
  ["not found twice", standing({ ...loose("not-found"), rounds: 2 }), "no-holder leak likely"],
  ["in flight", standing(loose("in-flight")), "no-holder leak likely"],
  ["in a ring", standing({ ...loose("io_uring"), ringPid: 4121 }), "no-holder leak certain"],
  ["of the kernel, perhaps", standing(loose("kernel")), "no-holder leak possible"],
  [
    "half-closed without a holder",
    standing({ ...loose("not-found"), state: "FIN_WAIT2" }),
    "no-holder listed possible",
  ],
  // census: gone-unclosed
  ["gone, one look", standing({ ...inNoTable, ...watched }, unnamed), "gone-unclosed leak possible"],
  ["gone, two looks", standing({ ...inNoTable, ...watched, rounds: 2 }, unnamed), "gone-unclosed leak likely"],
  ["gone, seen in a table before", standing({ ...inNoTable, ...watched }), "gone-unclosed leak likely"],
  [
    "gone, its stamps asked for once, right after it sent",
    standing({ ...inNoTable, ...watched, lastSndMs: 900, lastRcvMs: 900 }),
    "gone-unclosed leak likely",
  ],
  [
    "gone just now, and it sent right before",
    standing({ ...inNoTable, lastSndMs: 900, lastRcvMs: 900 }),
    "gone-unclosed suspect possible",
  ],
  ["gone just now", standing(inNoTable), "gone-unclosed suspect possible"],
  [
    "gone, its moment traced",
    standing(inNoTable, { traced: true, peerClosedUs: 61 * SECOND_US }),
    "gone-unclosed leak certain",
  ],
  [
    "gone, traced, its moment missed",
    standing({ ...inNoTable, ...watched }, { traced: true }),
    "gone-unclosed leak likely",
  ],
  ["never connected", standing({ ...inNoTable, ...watched, segsIn: 0 }, unnamed), "gone-unclosed listed possible"],
  [
    "perhaps never connected",
    standing({ ...inNoTable, ...watched, segsIn: null }, unnamed),
    "gone-unclosed listed possible",
  ],
  ["protocol not told", standing({ ...inNoTable, ...watched, protocol: null }), "gone-unclosed leak possible"],
  ["another protocol", standing({ ...inNoTable, ...watched, protocol: "MPTCP" }), "gone-unclosed listed possible"],
  // census: held-elsewhere
  ["two programs", standing({ holders: [HELD, CAT] }), "held-elsewhere leak likely", sharedWith("/bin/cat")],
  ["two of one program", standing({ holders: [HELD, CAT] }), "eof-unread leak certain", sharedWith("/usr/bin/python3")],
  ["two, one of a program not known", standing({ holders: [HELD, CAT] }), "eof-unread leak certain"],
  ["the opener let go and lives", standing({ holders: [CAT] }, leftBy), "held-elsewhere leak certain"],
  [
    "the opener let go and is gone",
    standing({ holders: [CAT] }, { ...leftBy, owner: { ...OWNER, pid: 9 } }),
    "eof-unread leak certain",
  ],
  [
    "the opener holds it no more and lives",
    standing({ holders: [CAT] }, { ...leftBy, letGo: false }),
    "held-elsewhere leak likely",
  ],
  [
    "both hold it, nobody let go",
    standing({ holders: [HELD, CAT] }, { ...leftBy, letGo: false }),
    "eof-unread leak certain",
  ],
  ["a worker let go, the opener holds", standing({ holders: [HELD, CAT] }, leftBy), "held-elsewhere leak certain"],
  ["a dup in the same process", standing({ holders: [HELD] }, leftBy), "eof-unread leak certain"],
  // census: CLOSE_WAIT
  ["FIN unread", standing(), "eof-unread leak certain"],
  ["FIN and data unread", standing({ recvQ: 6 }), "eof-unread leak certain"],
  ["FIN unread, one to a server", standing({}, { side: "connect" }), "eof-unread leak possible"],
  ["the kernel's TLS reads past the queue", standing({ recvQ: 1, protocol: "TLS" }), "unknown leak likely"],
  ["FIN consumed", standing({ recvQ: 0 }), "eof-ignored leak likely"],
  ["FIN consumed, one to a server", standing({ recvQ: 0 }, { side: "connect" }), "eof-ignored leak likely"],
  ["a traced read after the look", standing({ recvQ: 1 }, { eofRead: true, traced: true }), "eof-ignored leak certain"],
  // census: half-closed
  ["FIN_WAIT2, held", standing({ state: "FIN_WAIT2" }), "half-closed listed certain"],
  // sending
  ["bytes wait to be sent", standing({ recvQ: 0, sendQ: 1 }), "eof-ignored listed likely"],
  ["it sent just now", standing({ recvQ: 0, lastSndMs: 1_200 }), "eof-ignored listed likely"],
  [
    "it sent half a minute ago",
    standing({ recvQ: 0, lastSndMs: 30_000, lastAckMs: 29_000 }),
    "eof-ignored suspect likely",
  ],
  ["it sent within the age", standing({ recvQ: 0, lastSndMs: 59_999, sinceUs: 0 }), "eof-ignored suspect likely"],
  // ages
  ["just under the suspect age by stamps", standing({ lastAckMs: 4_999 }), "eof-unread listed certain"],
  ["at the suspect age by stamps", standing({ lastAckMs: 5_000 }), "eof-unread suspect certain"],
  ["just under a leak by stamps", standing({ lastAckMs: 59_999 }), "eof-unread suspect certain"],
  ["at a leak by stamps", standing({ lastAckMs: 60_000 }), "eof-unread leak certain"],
  ["just under the suspect age", { peerClosedUs: 5 * SECOND_US - 1 }, "eof-unread listed likely"],
  ["at the suspect age", { peerClosedUs: 5 * SECOND_US }, "eof-unread suspect likely"],
  ["just under a leak", { peerClosedUs: 60 * SECOND_US - 1 }, "eof-unread suspect likely"],
  ["at a leak", { peerClosedUs: 60 * SECOND_US }, "eof-unread leak likely"],
  ["reset now, peer closed long ago", { state: "CLOSE", inStateUs: 0 }, "gone-unclosed leak certain"],
  // gaps
  [
    "a census saw it stand after the loss",
    standing({ recvQ: 1 }, { traced: true, acrossGap: true }),
    "eof-unread leak certain",
    gapAt(50),
  ],
  [
    "a census saw it stand before the loss",
    standing({ recvQ: 1 }, { traced: true, acrossGap: true }),
    "eof-unread leak possible",
    gapAt(100),
  ],
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

function judged(
  unclosed: readonly SocketView[],
  stream: SnapshotOver = {},
  { thresholds = DEFAULT_THRESHOLDS, of: who = facts() }: { thresholds?: Thresholds; of?: ProcessEvent } = {},
): readonly Judged[] {
  const of = process({ unclosed, facts: who });
  const sockets = unclosed.map((socket) => ({ socket, doors: 0 }));
  return judge({ process: of, sockets }, evidenceOf(snapshot({ ...stream, processes: [of] }), thresholds));
}

for (const [what, over, expected, stream] of ROWS) {
  test(`kind: ${what}`, () => {
    const of = socket(over);
    const { kind, standing, confidence } = judged([of], stream)[0] as Judged;
    assert.equal(`${kind} ${standing} ${confidence}`, expected);
  });
}

test("of a Java program that has ended, one idle connection to a server may be what its HttpURLConnection keeps", () => {
  const thresholds = { olderThanMs: 1_000, suspectMs: 1_000, final: true } as const;
  const remote = { addr: "10.0.0.9", port: 443 };
  const said = (exe: string, ...over: readonly Partial<SocketView>[]) =>
    judged(
      over.map((one) => aged(2, { side: "connect", remote, recvQ: 1, ...one })),
      { mode: "lean" },
      { thresholds, of: facts({ exe }) },
    ).map(({ kind, standing, confidence }) => `${kind} ${standing} ${confidence}`);
  const java = "/usr/lib/jvm/java-17-openjdk-amd64/bin/java";
  assert.deepEqual(said(java, {}), ["eof-unread leak possible"]);
  assert.deepEqual(said(java, { recvQ: 96_003 }), ["eof-unread leak likely"], "its answer is unread");
  assert.deepEqual(said(java, { recvQ: 0 }), ["eof-ignored leak likely"]);
  assert.deepEqual(said(java, {}, {}), ["eof-unread leak likely", "eof-unread leak likely"]);
  assert.deepEqual(said(java, { side: "accept" }), ["eof-unread leak likely"]);
  assert.deepEqual(said("/usr/bin/python3", {}), ["eof-unread leak likely"], "others close theirs");
});

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

test("because tells of a gap in its age, unless a census saw it stand since", () => {
  const because = (seconds: number) =>
    judged([standing({}, { traced: true, acrossGap: true })], gapAt(seconds))[0]?.because;
  assert.match(because(100) ?? "", /, across a gap in the events$/);
  assert.doesNotMatch(because(99) ?? "", /gap/);
});

test("because tells the age, as a lower bound where its begin was not seen", () => {
  const because = (over: Partial<SocketView>) => judged([socket({ eofRead: true, ...over })])[0]?.because;
  assert.equal(because({}), "read returned 0, no close for 61 s");
  assert.equal(because(unknownSince), "read returned 0, no close for at least 61 s");
});
