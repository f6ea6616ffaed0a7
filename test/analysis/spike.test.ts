import assert from "node:assert/strict";
import { test } from "node:test";
import { nameSpike } from "../../src/analysis/spike.ts";
import type { Endings } from "../../src/model/snapshot.ts";
import { Tracker } from "../../src/model/tracker.ts";
import { Life } from "../model/lives.ts";

/** Connections of one port, each closed by one side after some milliseconds. */
function endingsOf(lives: readonly (readonly [closer: "us" | "peer" | "reset", ms: number])[]): Endings {
  const tracker = new Tracker();
  const to = { us: "FIN_WAIT1", peer: "CLOSE_WAIT", reset: "CLOSE" } as const;
  lives.forEach(([closer, ms], i) => {
    const life = new Life(`s${i}`, { serial: i });
    for (const event of life.accepted()) tracker.apply(event);
    life.atUs += ms * 1000 - 2; // the move is 1 µs on, and ESTABLISHED was 1 µs before accept
    tracker.apply(life.state("ESTABLISHED", to[closer]));
  });
  const [endings] = tracker.snapshot(0).endings;
  assert.ok(endings !== undefined);
  return endings;
}

const spread = [700, 1_300, 2_100, 3_700, 9_300, 14_000, 33_000, 61_000].map((ms) => ["us", ms] as const);
const timeout = Array.from({ length: 42 }, (_, i) => ["peer", 5_000 + (i % 7)] as const);

test("a keep-alive timeout of 5 s is named with its count, who and when", () => {
  assert.equal(nameSpike(endingsOf([...timeout, ...spread])), "42 of 50 closed by the peer after 5.0 s");
});

test("no spike: too few, spread out, or plain short requests", () => {
  assert.equal(nameSpike(endingsOf(timeout.slice(0, 4))), null);
  assert.equal(nameSpike(endingsOf([...timeout.slice(0, 7), ...spread])), null);
  assert.equal(nameSpike(endingsOf(timeout.map(() => ["us", 3] as const))), null);
});

test("who closed is part of the spike: half by us and half by the peer is none", () => {
  const half = timeout.map(([, ms], i) => [i % 3 === 0 ? "us" : i % 3 === 1 ? "peer" : "reset", ms] as const);
  assert.equal(nameSpike(endingsOf(half)), null);
  assert.match(
    nameSpike(endingsOf(timeout.map(([, ms]) => ["reset", ms] as const))) ?? "",
    /^42 of 42 reset after 5\.0 s$/,
  );
});
