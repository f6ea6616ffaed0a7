import assert from "node:assert/strict";
import { test } from "node:test";
import type { Event } from "../../../src/model/event.ts";
import { Window } from "../../../src/source/recording/window.ts";

const NOON_MS = Date.parse("2026-11-27T12:00:00Z");
const MINUTE = 60;

/** A tick each minute for so many, the first at noon; from the tenth on the clock is `setS` seconds ahead. */
function ticks(minutes: number, setS: number): readonly Event[] {
  return Array.from({ length: minutes }, (_, minute) => {
    const wallMs = NOON_MS + (minute * MINUTE + (minute >= 10 ? setS : 0)) * 1000;
    return { type: "tick", atUs: minute * MINUTE * 1e6, seq: minute + 1, wallMs };
  });
}

/** The minute at which a part that ends at this time of day ends, and that of its last event. */
function endOf(events: readonly Event[], at: string): readonly number[] {
  const window = new Window({ to: { from: "wall", ms: Date.parse(`2026-11-27T${at}:00Z`) } });
  const passed = events.flatMap((event) => window.pass([event]));
  return [window.endUs, passed.at(-1)?.atUs ?? 0].map((us) => us / 1e6 / MINUTE);
}

test("a time of day is found before and after the clock was set forward", () => {
  const events = ticks(30, 3600);
  assert.deepEqual(endOf(events, "12:05"), [5, 5]);
  assert.deepEqual(endOf(events, "13:15"), [15, 15]);
});

test("a time of day that was skipped ends where the clock was set: not before what was read", () => {
  assert.deepEqual(endOf(ticks(30, 3600), "12:30"), [9, 9]);
});

test("of a time of day that came twice the first is meant", () => {
  assert.deepEqual(endOf(ticks(30, -300), "12:07"), [7, 7]);
});
