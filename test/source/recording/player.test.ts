import assert from "node:assert/strict";
import { test } from "node:test";
import type { Event } from "../../../src/model/event.ts";
import { Player, SPEED } from "../../../src/source/recording/player.ts";

/** A tick each second for a minute, in batches of seven. */
const TICKS: readonly Event[] = Array.from({ length: 61 }, (_, second) => ({
  type: "tick",
  atUs: 1_000_000_000 + second * 1_000_000,
  seq: second + 1,
  wallMs: 0,
}));

async function* batches(): AsyncGenerator<readonly Event[]> {
  for (let at = 0; at < TICKS.length; at += 7) yield TICKS.slice(at, at + 7);
}

/** With a clock that the test moves. */
function play(speed: number) {
  const clock = { ms: 5_000 };
  let taken: number[] = [];
  const player = new Player({
    events: async () => batches(),
    restart: () => {
      taken = [];
    },
    take: ({ seq }) => taken.push(seq),
    nowMs: () => clock.ms,
    speed,
  });
  return { player, clock, taken: () => taken };
}

/** The player's turns are real time: until it is so, or the test's time is over. */
async function until(fits: () => boolean): Promise<void> {
  while (!fits()) await new Promise((resolve) => setTimeout(resolve, 5));
}

test("events are told when their time has come, at any speed, and not while paused", { timeout: 20_000 }, async () => {
  const { player, clock, taken } = play(10);
  await until(() => player.startUs !== null);
  clock.ms += 1_050;
  await until(() => player.atUs === 1_010_500_000);
  assert.equal(taken().length, 11);
  player.pause(true);
  clock.ms += 60_000;
  await new Promise((resolve) => setTimeout(resolve, 120));
  assert.deepEqual([taken().length, player.atUs, player.paused], [11, 1_010_500_000, true]);
  player.pause(false);
  player.setSpeed(0.5);
  clock.ms += 3_000;
  await until(() => player.atUs === 1_012_000_000);
  assert.equal(taken().length, 13);
  player.setSpeed(1e9);
  assert.equal(player.speed, SPEED.most);
  clock.ms += 1_000;
  await until(() => player.ended);
  assert.equal(taken().length, 61);
  player.stop();
  await player.done;
});

test("seeking forwards tells all between; backwards tells all from the beginning again", {
  timeout: 20_000,
}, async () => {
  const { player, taken } = play(1);
  await until(() => player.startUs !== null);
  player.pause(true);
  player.seek(1_040_000_000);
  await until(() => !player.seeking);
  assert.deepEqual([taken().length, player.atUs], [41, 1_040_000_000]);
  player.seek(1_009_500_000);
  await until(() => !player.seeking && taken().length === 10);
  assert.equal(player.atUs, 1_009_500_000);
  player.seek(5_000_000_000);
  await until(() => player.ended && !player.seeking);
  assert.deepEqual([taken().length, player.atUs], [61, 1_060_000_000]);
  player.seek(0);
  await until(() => !player.seeking && taken().length === 1);
  player.stop();
  await player.done;
});

test("as fast as possible", { timeout: 20_000 }, async () => {
  const { player, taken } = play(SPEED.asFastAsPossible);
  await until(() => player.ended);
  assert.equal(taken().length, 61);
  player.stop();
  await player.done;
});

test("what cannot be read rejects", async () => {
  const events = () => Promise.reject(new Error("gone"));
  const player = new Player({ events, restart: () => {}, take: () => {}, nowMs: () => 0, speed: 1 });
  await assert.rejects(player.done, /gone/);
});
