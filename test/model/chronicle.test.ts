import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { Chronicle, POINTS_MAX } from "../../src/model/chronicle.ts";
import type { Event } from "../../src/model/event.ts";
import { Sample } from "../../src/model/sample.ts";
import { Tracker } from "../../src/model/tracker.ts";
import { make } from "../recording/generate.ts";

test("a sample is bounded, in order, even, and holds the first and the latest", () => {
  fc.assert(
    fc.property(fc.integer({ min: 2, max: 50 }), fc.nat(2_000), (limit, count) => {
      const sample = new Sample<number>(limit);
      for (let item = 0; item < count; item++) sample.add(item);
      const kept = sample.all();
      assert.ok(kept.length <= limit + 1);
      assert.deepEqual(
        kept,
        [...new Set(kept)].sort((a, b) => a - b),
      );
      assert.equal(kept[0], count === 0 ? undefined : 0);
      assert.equal(kept.at(-1), count === 0 ? undefined : count - 1);
      const steps = kept.slice(1, -1).map((item, index) => item - (kept[index] ?? 0));
      assert.ok(new Set(steps).size <= 1, `${kept}`);
    }),
  );
});

test("the curve ends at the tracker's own counts, marks and gaps are there, and every socket that ended is counted", () => {
  const events: readonly Event[] = [...make({ events: 90_000, leakPercent: 20, rate: 200 })].flat();
  const tracker = new Tracker();
  const chronicle = new Chronicle(tracker);
  for (const event of events) {
    tracker.apply(event);
    chronicle.note(event);
  }
  const { points, marks, gaps, ended, late, others, fds } = chronicle.view();
  const of = (type: Event["type"]) => events.filter((event) => event.type === type);
  assert.ok(points.length > 200 && points.length <= POINTS_MAX);
  const last = points.at(-1);
  const { live } = tracker.counts();
  assert.ok(Math.abs((last?.live ?? 0) - live) < 200, `${last?.live} and ${live}`);
  assert.deepEqual(
    marks.map(({ text }) => text),
    of("mark").map((event) => event.type === "mark" && event.text),
  );
  assert.equal(gaps.length, of("gap").length);
  assert.equal(ended, of("close").filter((event) => event.type === "close" && event.how === "destroyed").length);
  assert.ok(late.length === 0 && others.length > 100);
  assert.deepEqual([...fds.keys()], [4121]);
});
