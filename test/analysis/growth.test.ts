import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { DEFAULT_THRESHOLDS } from "../../src/analysis/finding.ts";
import { GROWTH_MIN_GAINED, growthOf } from "../../src/analysis/growth.ts";
import { judged, socket } from "./sockets.ts";

const every = (seconds: number, count: number, youngest = 6) =>
  Array.from({ length: count }, (_, i) => judged(youngest + i * seconds));
const growth = (sockets: ReturnType<typeof judged>[]) => growthOf(sockets, DEFAULT_THRESHOLDS);

test("nothing, or nothing whose begin was seen: no rate", () => {
  const halfway = judged(0, { socket: socket({ peerClosedUs: null, halfway: true }) });
  for (const sockets of [[], [halfway], [judged(61, { standing: "listed" })]]) {
    assert.deepEqual(growth(sockets), { perHour: null, why: "nothing was seen to begin" });
  }
});

test("too few, or all in one burst: no rate, and why", () => {
  assert.deepEqual(growth(every(60, GROWTH_MIN_GAINED)), {
    perHour: null,
    why: "4 more since the first: too few for a rate",
  });
  assert.deepEqual(growth(every(1, 23)), { perHour: null, why: "all within 23 s: too short for a rate" });
});

test("a steady leak: its own rate, whatever it is", () => {
  fc.assert(
    fc.property(fc.integer({ min: 10, max: 3_000 }), fc.integer({ min: 10, max: 200 }), (apartS, count) => {
      const found = growth(every(apartS, count, 5));
      assert.ok(found.perHour !== null && Math.abs(found.perHour - 3_600 / apartS) <= 0.5, JSON.stringify(found));
    }),
  );
});

test("a standstill is a rate of 0, for half the window", () => {
  assert.deepEqual(growth(every(1, 23, 1_000)), { perHour: 0, windowMs: (1_022 - 5) * 500, method: "ages" });
});

test("100,000 sockets are no problem", () => {
  assert.notEqual(growth(every(0.01, 150_000)).perHour, null);
});
