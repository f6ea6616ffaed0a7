import assert from "node:assert/strict";
import { test } from "node:test";
import { ratios, spreadOf } from "./pairs.ts";

test("a traced run is held against the mean of the untraced ones before and after it", () => {
  assert.deepEqual(ratios([100, 50, 200], [75, 100]), [1, 0.8]);
  assert.throws(() => ratios([100], [75]), /both sides/);
});

test("a machine that grows slower all the time makes nobody slower", () => {
  const rate = (at: number) => 1_000 - 10 * at;
  assert.deepEqual(ratios([rate(0), rate(2), rate(4)], [rate(1), rate(3)]), [1, 1]);
});

test("the median of an even count is the mean of the two in the middle", () => {
  assert.deepEqual(spreadOf([3, 1, 2]), { median: 2, least: 1, most: 3 });
  assert.deepEqual(spreadOf([4, 1, 3, 2]), { median: 2.5, least: 1, most: 4 });
  assert.deepEqual(spreadOf([7]), { median: 7, least: 7, most: 7 });
  assert.throws(() => spreadOf([]), /no values/);
});
