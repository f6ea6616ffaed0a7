import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { DEFAULT_THRESHOLDS } from "../../src/analysis/finding.ts";
import { GROWTH_MIN_GAINED, growthOf } from "../../src/analysis/growth.ts";
import type { History } from "../../src/model/snapshot.ts";

const every = (seconds: number, count: number, youngest = 6) =>
  Array.from({ length: count }, (_, i) => (youngest + i * seconds) * 1000);
const growth = (agesMs: readonly number[], histories: readonly History[] = []) =>
  growthOf({ agesMs, histories }, DEFAULT_THRESHOLDS);

test("nothing, or nothing whose begin was seen: no rate", () => {
  for (const agesMs of [[], [4_999]]) {
    assert.deepEqual(growth(agesMs), { perHour: null, why: "nothing was seen to begin" });
  }
});

test("too few, or all in one burst: no rate, and why", () => {
  assert.deepEqual(growth(every(60, GROWTH_MIN_GAINED)), {
    perHour: null,
    why: "4 more since the first: too few for a rate",
  });
  assert.deepEqual(growth(every(0.1, 23)), { perHour: null, why: "all within 3.2 s: too short for a rate" });
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
