import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { Event, Unnumbered } from "../../src/model/event.ts";
import { type Sighting, Weave } from "../../src/source/weave.ts";

const beat = (atUs: number): Event => ({ type: "tick", atUs, seq: 0, wallMs: 0 });
const sight = (atUs: number): Sighting => ({ type: "threads", atUs, pid: 1, groups: [] });
const MICROS = fc.array(fc.nat(50)).map((times) => times.toSorted((a, b) => a - b));

function woven(weave: (to: Weave) => void): string[] {
  const told: Unnumbered[] = [];
  weave(new Weave((events) => told.push(...events)));
  return told.map(({ type, atUs }) => `${type === "tick" ? "p" : "c"}${atUs}`);
}

test("what was seen waits until the probes have told everything before it", () => {
  const told = woven((to) => {
    to.awaitProbes(true);
    to.tell([sight(10), sight(20)]);
    to.probes([beat(5), beat(10)]);
    to.probes([beat(11)]);
    to.probes([beat(30)]);
  });
  assert.deepEqual(told, ["p5", "p10", "c10", "p11", "c20", "p30"]);
});

test("without probes it is told at once, and what waits when they end is told then", () => {
  const told = woven((to) => {
    to.tell([sight(1)]);
    to.awaitProbes(true);
    to.tell([sight(7)]);
    to.awaitProbes(false);
    to.tell([sight(9)]);
  });
  assert.deepEqual(told, ["c1", "c7", "c9"]);
});

test("it is never told to be before what has been told", () => {
  const told = woven((to) => {
    to.probes([beat(40)]);
    to.tell([sight(30), sight(41)]);
  });
  assert.deepEqual(told, ["p40", "c40", "c41"]);
});

test("any two sources come out whole and in the order of time", () => {
  fc.assert(
    fc.property(MICROS, MICROS, fc.nat(50), (beats, sights, cut) => {
      const told = woven((to) => {
        to.awaitProbes(true);
        to.tell(sights.map(sight));
        to.probes(beats.filter((us) => us < cut).map(beat));
        to.probes(beats.filter((us) => us >= cut).map(beat));
        to.awaitProbes(false);
      });
      const times = told.map((one) => Number(one.slice(1)));
      assert.equal(told.length, beats.length + sights.length);
      // What is left when the probes end comes last, whatever its time: only before is there an order to keep.
      const lastBeat = told.findLastIndex((one) => one.startsWith("p"));
      assert.deepEqual(
        times.slice(0, lastBeat + 1),
        times.slice(0, lastBeat + 1).toSorted((a, b) => a - b),
      );
    }),
  );
});
