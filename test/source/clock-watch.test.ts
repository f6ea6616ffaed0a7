import assert from "node:assert/strict";
import { test } from "node:test";
import { type Clocks, readClocks } from "../../src/host/boottime.ts";
import { ClockJumps, watchClocks } from "../../src/source/clock-watch.ts";

/** At a boot time in seconds: slept and set by so many before it. */
function clocks(bootS: number, { slept = 0, set = 0 } = {}): Clocks {
  return { bootUs: bootS * 1e6, awakeMs: (bootS - slept) * 1000 - 500_000, wallMs: 1.7e12 + (bootS + set) * 1000 };
}

/** What is said at each look after the first. */
function said(...looks: readonly Clocks[]): readonly (readonly string[])[] {
  const jumps = new ClockJumps();
  return looks.map((look) => jumps.look(look)).slice(1);
}

test("while the clocks go on together nothing is said, however long between two looks", () => {
  assert.deepEqual(said(clocks(100), clocks(101), clocks(101.03), clocks(9_000)), [[], [], []]);
});

test("a clock that is slewed, or read 10 ms later than the other, is none that was set", () => {
  assert.deepEqual(said(clocks(100), clocks(101, { set: 0.0005 }), clocks(102, { set: -0.02 })), [[], []]);
});

test("a clock set forward or back is told once, by how much", () => {
  const looks = [clocks(100), clocks(101, { set: 3599.99 }), clocks(102, { set: 3600 }), clocks(103, { set: -120 })];
  assert.deepEqual(said(...looks), [["the clock was set forward by 1 h"], [], ["the clock was set back by 1 h 2 min"]]);
});

test("a suspended machine: boot time and wall clock went on, the steady clock stood still", () => {
  assert.deepEqual(said(clocks(100), clocks(7_301, { slept: 7_200 }), clocks(7_302, { slept: 7_200 })), [
    ["the machine was suspended for 2 h"],
    [],
  ]);
});

test("both at once", () => {
  assert.deepEqual(said(clocks(100), clocks(161, { slept: 60, set: 5 })), [
    ["the machine was suspended for 60 s", "the clock was set forward by 5.0 s"],
  ]);
});

test("this machine's clocks go on together", (t) => {
  t.mock.timers.enable({ apis: ["setInterval"] });
  const said: string[] = [];
  const watch = watchClocks(readClocks, (text) => said.push(text));
  t.mock.timers.tick(5_000);
  watch.end();
  assert.deepEqual(said, []);
});

test("a look that something came between is none", (t) => {
  t.mock.timers.enable({ apis: ["setInterval"] });
  const looks = [clocks(100), null, clocks(102, { set: 60 })];
  const said: string[] = [];
  const watch = watchClocks(
    () => looks.shift() ?? null,
    (text) => said.push(text),
  );
  t.mock.timers.tick(3_000);
  watch.end();
  assert.deepEqual(said, ["the clock was set forward by 60 s"]);
});
