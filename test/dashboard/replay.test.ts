/** The dashboard over a recording: steered by keys, with the numbers that a live one showed at that instant. */
import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { analyse } from "../../src/analysis/analyse.ts";
import { DEFAULT_THRESHOLDS } from "../../src/analysis/finding.ts";
import { Outline } from "../../src/commands/outline.ts";
import { Steer } from "../../src/commands/steer.ts";
import { lineText } from "../../src/dashboard/cells.ts";
import { type Timeline, timelineLines } from "../../src/dashboard/replay.ts";
import type { Event } from "../../src/model/event.ts";
import { Tracker } from "../../src/model/tracker.ts";
import { Player } from "../../src/source/recording/player.ts";
import { make } from "../recording/generate.ts";
import { open } from "./terminal.ts";

/** Two minutes and a half, with a mark after two. */
const EVENTS: readonly Event[] = [...make({ events: 30_000, leakPercent: 30, rate: 200 })].flat();
const START_US = EVENTS[0]?.atUs ?? 0;

async function* batches(): AsyncGenerator<readonly Event[]> {
  for (let at = 0; at < EVENTS.length; at += 500) yield EVENTS.slice(at, at + 500);
}

function textAt(atUs: number): string {
  const tracker = new Tracker();
  for (const event of EVENTS) if (event.atUs <= atUs) tracker.apply(event);
  return analyse(tracker.snapshot(atUs)).text;
}

async function replayed(t: TestContext) {
  let tracker = new Tracker();
  let steering: Steer | undefined;
  const player = new Player({
    events: async () => batches(),
    restart: () => {
      tracker = new Tracker();
    },
    take: (event) => {
      tracker.apply(event);
      steering?.hear(event);
    },
    nowMs: () => performance.now(),
    speed: 1,
  });
  player.pause(true);
  player.seek(START_US);
  const outline = new Outline(DEFAULT_THRESHOLDS);
  await outline.read(batches(), { isBusy: () => false, isOver: () => false });
  steering = new Steer(player, outline, { isPipe: false });
  for (const event of EVENTS.slice(0, 1)) steering.hear(event);
  const snapshot = (ask = {}) => {
    const shown = tracker.snapshot(player.atUs, ask);
    return { snapshot: shown, analysis: analyse(shown) };
  };
  const { terminal, close } = open([110, 34], { snapshot, steering, refreshMs: 20 });
  // A player that goes on would keep the test's process.
  t.after(async () => {
    close();
    player.stop();
    await player.done;
  });
  return { terminal, outline, player };
}

/** The verdict's line, broken where the screen breaks it. */
function shows(text: string, verdict: string): boolean {
  return text.replace(/\s+/g, " ").includes(verdict.replaceAll("…", "...").slice(0, 90));
}

test("keys go to the next mark, the first leak, a time, the start; the numbers are those of that instant", async (t) => {
  const { terminal, player, outline } = await replayed(t);
  await terminal.until(/^replay PAUSED/m);
  const markUs = EVENTS.find(({ type }) => type === "mark")?.atUs ?? 0;
  terminal.press("m");
  await terminal.until(/PAUSED \(p goes on\) {2}\+2 min 1 s of 2 min/);
  assert.equal(player.atUs, markUs);
  assert.ok(shows(terminal.text(), textAt(markUs)), terminal.text());
  assert.match(terminal.text(), /04:02:01 UTC/);

  terminal.press("l");
  const leakUs = outline.firstLeakUs ?? 0;
  assert.ok(leakUs > START_US + 60_000_000 && leakUs < START_US + 90_000_000, `${leakUs - START_US}`);
  await terminal.until((text) => shows(text, textAt(leakUs)) && /PAUSED/.test(text));

  terminal.press("t");
  await terminal.until(/^go to: _/m);
  terminal.press("04:00:45\r");
  await terminal.until(/PAUSED .* {2}\+45 s of /);
  assert.ok(shows(terminal.text(), textAt(START_US + 45_000_000)), terminal.text());
  terminal.press("t");
  terminal.press("no time\u001b");
  await terminal.until(/PAUSED .* {2}\+45 s of /);

  terminal.press("0");
  await terminal.until(/PAUSED .* {2}\+0\.0 s of /);
  terminal.press(">");
  await terminal.until(/PAUSED .* {2}\+7\.\d s of /);
  terminal.press("++p");
  await terminal.until(/^replay x4 /m);
  terminal.press("f");
  await terminal.until(/^replay AT THE END/m);
  assert.ok(shows(terminal.text(), textAt(EVENTS.at(-1)?.atUs ?? 0)), terminal.text());
  terminal.press("h");
  await terminal.until(/Of the replay\n(.*\n)* +m +to the next mark/);
});

const LINE: Timeline = {
  ...{
    fromUs: 0,
    toUs: 100_000_000,
    comes: false,
    atUs: 50_000_000,
    wall: null,
    speed: 1,
    paused: false,
    seeking: false,
  },
  ...{
    ended: false,
    curve: [
      { atUs: 0, count: 0 },
      { atUs: 40_000_000, count: 4 },
      { atUs: 90_000_000, count: 8 },
    ],
  },
  ...{ marksUs: [20_000_000], gapsUs: [70_000_000], firstLeakUs: 99_000_000, typed: null },
};

test("the time line: the curve, marks, gaps and the first leak, each in its place", () => {
  const lines = timelineLines(LINE, 52, true).map(lineText);
  assert.equal(lines[0], "replay x1  +50 s of 100 s");
  assert.equal(lines[1], "[                    =========================@@@@@]");
  assert.equal(lines[2], "           m                        !             L");
});

test("the time line of what comes by a pipe, and of what is not read yet", () => {
  assert.match(lineText(timelineLines({ ...LINE, toUs: null, comes: true }, 80, true)[1] ?? []), /^as it comes$/);
  assert.match(lineText(timelineLines({ ...LINE, toUs: null }, 80, true)[1] ?? []), /^reading what lies ahead$/);
});
