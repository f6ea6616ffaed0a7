import assert from "node:assert/strict";
import { test } from "node:test";
import { Pressure, type Second } from "../../src/source/pressure.ts";

const QUIET: Second = { lost: false, lagMs: 200, connections: 0 };
const LOST: Second = { ...QUIET, lost: true };
const LATE: Second = { ...QUIET, lagMs: 5_001 };

function run(seconds: readonly Second[], pressure = new Pressure()): (string | null)[] {
  return seconds.map((second) => pressure.second(second));
}

const quiet = (n: number): Second[] => Array.from({ length: n }, () => QUIET);
const busy = (n: number, connections: number): Second[] => Array.from({ length: n }, () => ({ ...QUIET, connections }));

test("one second of loss is a gap, a second one within ten is too much", () => {
  assert.deepEqual(run([...quiet(3), LOST, ...quiet(9), QUIET]).filter(Boolean), []);
  assert.deepEqual(run([LOST, ...quiet(8), LOST]).at(-1), "lean");
  assert.deepEqual(run([LOST, ...quiet(9), LOST]).at(-1), null);
});

test("what is told too late counts as a loss does", () => {
  assert.deepEqual(run([LATE, LATE]), [null, "lean"]);
  assert.deepEqual(run([LATE, LOST]), [null, "lean"]);
});

test("full again when there has been half as much to tell for half a minute", () => {
  const pressure = new Pressure();
  run([LOST, LOST], pressure);
  assert.deepEqual(run(busy(5, 8_000), pressure).filter(Boolean), []);
  assert.deepEqual(run([...busy(29, 4_000), ...busy(1, 4_001), ...busy(29, 100)], pressure).filter(Boolean), []);
  assert.deepEqual(run(busy(1, 0), pressure), ["full"]);
  assert.deepEqual(run([LOST, LOST], pressure), [null, "lean"]);
});
