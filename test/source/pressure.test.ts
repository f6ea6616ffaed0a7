import assert from "node:assert/strict";
import { test } from "node:test";
import { Pressure, type Second } from "../../src/source/pressure.ts";

const QUIET: Second = { lost: false, lagMs: 200 };
const LOST: Second = { ...QUIET, lost: true };
const LATE: Second = { ...QUIET, lagMs: 5_001 };

function full(seconds: readonly Second[], pressure = new Pressure()): boolean[] {
  return seconds.map((second) => pressure.isTooMuch(second));
}

function lean(pressure: Pressure, ...connections: readonly number[]): boolean[] {
  return connections.map((count) => pressure.isLittleEnough(count));
}

const quiet = (n: number): Second[] => Array.from({ length: n }, () => QUIET);
const times = (n: number, connections: number): number[] => Array.from({ length: n }, () => connections);

test("one second of loss is a gap, a second one within ten is too much", () => {
  assert.deepEqual(full([...quiet(3), LOST, ...quiet(9), QUIET]).filter(Boolean), []);
  assert.equal(full([LOST, ...quiet(8), LOST]).at(-1), true);
  assert.equal(full([LOST, ...quiet(9), LOST]).at(-1), false);
});

test("what is told too late counts as a loss does", () => {
  assert.deepEqual(full([LATE, LATE]), [false, true]);
  assert.deepEqual(full([LATE, LOST]), [false, true]);
});

test("full again when there has been half as much to tell for half a minute", () => {
  const pressure = new Pressure();
  full([LOST, LOST], pressure);
  assert.deepEqual(lean(pressure, ...times(5, 8_000)).filter(Boolean), []);
  assert.deepEqual(lean(pressure, ...times(29, 4_000), 4_001, ...times(29, 100)).filter(Boolean), []);
  assert.deepEqual(lean(pressure, 0), [true]);
  assert.deepEqual(full([LOST, LOST], pressure), [false, true]);
});
