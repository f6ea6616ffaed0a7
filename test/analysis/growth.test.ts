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

/** A count each 10 s. */
const counts = (...points: readonly number[]): History => ({
  side: "accept",
  peer: { addr: "10.0.0.9", port: 0 },
  points: points.map((count, i) => ({ atUs: i * 10_000_000, count })),
});

test("rounds: counted again and again", () => {
  assert.deepEqual(growth([], [counts(10, 13, 14, 16, 18)]), { perHour: 720, windowMs: 40_000, method: "rounds" });
  assert.deepEqual(growth([], [counts(18, 16, 14, 13, 10)]), { perHour: -720, windowMs: 40_000, method: "rounds" });
  assert.deepEqual(growth([], [counts(10, 20)]), { perHour: null, why: "2 looks: too few for a rate" });
  assert.deepEqual(growth([], [counts(10, 11, 14)]), { perHour: null, why: "4 more in 20 s: too few for a rate" });
  assert.deepEqual(growth([], [counts(1, 1, 7)]), { perHour: null, why: "all within 20 s: too short for a rate" });
});

test("rounds: several peers together, each from its first socket on", () => {
  const late = { ...counts(5), points: [{ atUs: 20_000_000, count: 5 }, ...counts(1, 1, 1, 5, 9).points.slice(3)] };
  assert.deepEqual(growth([], [counts(7, 7, 7, 7, 7), late]), { perHour: 810, windowMs: 40_000, method: "rounds" });
});

test("rounds: what grew and stands now has a rate of 0, for half the window", () => {
  assert.deepEqual(growth([], [counts(1, 10, 20, 20, 20)]), { perHour: 0, windowMs: 20_000, method: "rounds" });
});

test("ages that look like a growth are a coming and going where the rounds count no more", () => {
  const turnover = every(1, 40);
  assert.equal(growth(turnover).perHour, 3_510);
  assert.deepEqual(growth(turnover, [counts(40, 41, 40, 39, 40)]), { perHour: 0, windowMs: 40_000, method: "rounds" });
});

test("rounds too short to see a slow leak do not deny it", () => {
  const slow = every(600, 40);
  assert.deepEqual(growth(slow, [counts(40, 40, 40, 40)]), growth(slow));
});
