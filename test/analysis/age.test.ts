/** Ages: exact where traced, bounded by the kernel's stamps, else only since first seen. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { ageOf } from "../../src/analysis/age.ts";
import type { Age } from "../../src/analysis/finding.ts";
import type { SocketView } from "../../src/model/snapshot.ts";
import { AT_US, SECOND_US, socket, standing } from "./sockets.ts";

const now = { atUs: AT_US, traced: false, startedUs: 0 };
const firstSeen = (seconds: number): Age => ({ minMs: seconds * 1000, maxMs: null, basis: "first-seen" });
const exactly = (seconds: number): Age => ({ minMs: seconds * 1000, maxMs: seconds * 1000, basis: "traced" });
const bounds = (minMs: number, maxMs: number): Age => ({ minMs, maxMs, basis: "tcp_info" });
/** First seen 20 s before now. */
const before = { sinceUs: 80 * SECOND_US };
const gone = { state: "CLOSE", recvQ: null, lastSndMs: null, lastRcvMs: null, lastAckMs: null } as const;

const ROWS: readonly (readonly [what: string, of: SocketView, age: Age])[] = [
  ["the FIN was traced", socket(), exactly(61)],
  ["the FIN was traced, and a census knows more", standing({}, { traced: true, peerClosedUs: 7e6 }), exactly(7)],
  ["the move to FIN_WAIT2 was traced", socket({ state: "FIN_WAIT2", peerClosedUs: null, inStateUs: 9e6 }), exactly(9)],
  ["reset long after the FIN", socket({ state: "CLOSE", inStateUs: 1e6 }), exactly(61)],
  ["only a read of EOF was traced", socket({ peerClosedUs: null, inStateUs: 9e6 }), firstSeen(9)],
  ["stamps", standing(), bounds(61_000, 61_400)],
  [
    "a bare FIN after an idle hour",
    standing({ lastRcvMs: 3_661_000, lastSndMs: 3_661_000 }),
    bounds(61_000, 3_661_000),
  ],
  ["the answer was sent before the last ACK", standing({ lastSndMs: 61_000 }), bounds(61_000, 61_400)],
  ["we sent, and no ACK came since", standing({ lastSndMs: 60_999 }), firstSeen(0)],
  ["lastrcv before lastack cannot be: they wrapped", standing({ lastRcvMs: 60_999 }), firstSeen(0)],
  ["keepalive's answers move lastack", standing({ timer: "keepalive" }), firstSeen(0)],
  ["keepalive, watched for 20 s", standing({ timer: "keepalive", ...before }), firstSeen(20)],
  ["no stamps, watched for 20 s", standing({ lastAckMs: null, ...before }), firstSeen(20)],
  ["watched for longer than its stamps tell", standing({ lastAckMs: 9_000, ...before }), bounds(20_000, 61_400)],
  [
    "watched for longer than both stamps tell",
    standing({ lastAckMs: 9, lastRcvMs: 9, ...before }),
    bounds(20_000, 20_000),
  ],
  ["FIN_WAIT2: we sent nothing after our FIN", standing({ state: "FIN_WAIT2", lastRcvMs: 1 }), bounds(61_000, 61_500)],
  ["LAST_ACK: the last ACK is from before it", standing({ state: "LAST_ACK", ...before }), firstSeen(20)],
  ["gone: no stamps", standing({ ...gone, ...before }), firstSeen(20)],
  ["gone, traced, the move missed", standing({ ...gone, ...before }, { traced: true }), firstSeen(20)],
];

for (const [what, of, age] of ROWS) test(`age: ${what}`, () => assert.deepEqual(ageOf(of, now), age));

test("the look is older than the snapshot: it is known to have stood since only where probes tell of closes", () => {
  const of = standing({ atUs: AT_US - 5 * SECOND_US, ...before });
  assert.deepEqual(ageOf(of, now), bounds(61_000, 61_400));
  assert.deepEqual(ageOf(of, { ...now, traced: true }), bounds(66_000, 66_400));
});

test("stamps of a process, or of a machine, that is 49 days old may have begun anew", () => {
  const dayUs = 86_400 * SECOND_US;
  const of = standing({ atUs: 60 * dayUs, sinceUs: 60 * dayUs }, { inStateUs: 0 });
  const at = (startedUs: number | null) => ageOf(of, { atUs: 60 * dayUs, traced: false, startedUs });
  assert.equal(at(10 * dayUs).basis, "first-seen");
  assert.equal(at(11 * dayUs + 1).basis, "tcp_info");
  assert.equal(at(null).basis, "first-seen");
});

test("whatever the stamps: bounds are in order, and none is below what was watched", () => {
  const stamp = fc.option(fc.integer({ min: 0, max: 2 ** 32 - 1 }), { nil: null });
  const state = fc.constantFrom("CLOSE_WAIT", "FIN_WAIT2", "LAST_ACK", "CLOSING", "CLOSE" as const);
  const timer = fc.constantFrom("off", "on", "keepalive", null);
  const seen = fc.record({ state, timer, lastAckMs: stamp, lastRcvMs: stamp, lastSndMs: stamp });
  fc.assert(
    fc.property(seen, fc.integer({ min: 0, max: 100 }), fc.boolean(), (over, seconds, traced) => {
      const { minMs, maxMs } = ageOf(standing({ ...over, sinceUs: AT_US - seconds * SECOND_US }), { ...now, traced });
      assert.ok(minMs >= seconds * 1000 && (maxMs === null || maxMs >= minMs), `${minMs} ${maxMs}`);
    }),
  );
});
