import assert from "node:assert/strict";
import { statSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import type { Event } from "../../src/model/event.ts";
import { openFile } from "../../src/recording/output.ts";
import { Ring } from "../../src/recording/ring.ts";
import { make } from "./generate.ts";
import { readBack } from "./reading.ts";
import { folder } from "./temporary.ts";

const EVENTS: readonly Event[] = [...make({ events: 30_000, leakPercent: 5, rate: 300 })].flat();
const LENGTH_MS = 30_000;

for (const name of ["ring.ndjson.gz", "ring.ndjson"]) {
  test(`${name}: the last half minute, with where it is from and who holds sockets`, async () => {
    const ring = new Ring(LENGTH_MS);
    for (let at = 0; at < EVENTS.length; at += 100) ring.take(EVENTS.slice(at, at + 100));
    const path = join(folder(), name);
    const output = await openFile(path);
    await ring.dump(output, name.endsWith(".ndjson"));
    await output.close();
    const { events, account } = await readBack(path);
    assert.deepEqual([account.refused, account.cut.length], [0, 0]);
    assert.equal(events[0]?.type, "recording");
    assert.equal(events.filter(({ type }) => type === "process").length, 3);
    const kept = events.filter(({ type }) => type !== "recording" && type !== "process");
    const lastUs = EVENTS.at(-1)?.atUs ?? 0;
    const firstUs = kept[0]?.atUs ?? 0;
    assert.ok(firstUs >= lastUs - LENGTH_MS * 1000 - 2_000_000 && firstUs <= lastUs - LENGTH_MS * 1000);
    assert.deepEqual(kept, EVENTS.slice(-kept.length));
    assert.equal(statSync(path).mode & 0o777, 0o600);
  });
}

test("its memory is bounded by the time that is kept", () => {
  const ring = new Ring(1_000);
  let most = 0;
  for (let at = 0; at < EVENTS.length; at += 100) {
    ring.take(EVENTS.slice(at, at + 100));
    most = Math.max(most, ring.bytes);
  }
  assert.ok(most < 60_000, `${most} bytes`);
});
