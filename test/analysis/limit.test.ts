import assert from "node:assert/strict";
import { test } from "node:test";
import type { Growth } from "../../src/analysis/finding.ts";
import { limitOf } from "../../src/analysis/limit.ts";
import { AT_US, SECOND_US } from "./sockets.ts";

const sample = (secondsAgo: number, used: number, limit: number | null = 1_000) =>
  ({ type: "limits", pid: 4121, seq: 1, atUs: AT_US - secondsAgo * SECOND_US, fds: { used, limit } }) as const;
const grows: Growth = { perHour: 100, windowMs: 3_600_000, method: "ages" };
const noRate: Growth = { perHour: null, why: "too few" };
const HOUR_MS = 3_600_000;

const ROWS = [
  ["by its fds, counted for a minute", sample(60, 800), sample(0, 810), grows, 190 * 6_000],
  ["by its sockets where fds were counted once", sample(0, 900), sample(0, 900), grows, HOUR_MS],
  ["by its sockets where fds were not counted for long", sample(29, 800), sample(0, 900), grows, HOUR_MS],
  ["by its sockets where few fds came: noise", sample(60, 896), sample(0, 900), grows, HOUR_MS],
  ["never where the fds become fewer, whatever the sockets do", sample(60, 950), sample(0, 900), grows, null],
  ["never without growth", sample(0, 900), sample(0, 900), noRate, null],
  ["never at a standstill", sample(0, 900), sample(0, 900), { ...grows, perHour: 0 }, null],
  ["never without a limit", sample(0, 900, null), sample(0, 900, null), grows, null],
  ["now where it is full", sample(60, 800), sample(0, 1_001), grows, 0],
] as const;

for (const [what, first, last, growth, exhaustedInMs] of ROWS) {
  test(`full ${what}`, () => {
    assert.deepEqual(limitOf({ first, last }, growth), { ...last.fds, exhaustedInMs });
  });
}

test("a process whose fds nobody counted", () => assert.equal(limitOf(null, grows), null));
