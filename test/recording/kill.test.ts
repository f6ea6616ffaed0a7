/** After SIGKILL at any moment: every event that was handed over more than a second before is there, in order, and zcat reads it. */
import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { readBack } from "./reading.ts";
import { folder } from "./temporary.ts";

/** Fifty take a minute: SOCKLEAK_KILLS=50. */
const KILLS = Number(process.env.SOCKLEAK_KILLS ?? 6);
const AT_ONCE = 3;
const PROGRAM = fileURLToPath(new URL("killed.ts", import.meta.url));
const TSX = fileURLToPath(import.meta.resolve("tsx"));
const dir = folder();

async function killOne(number: number): Promise<void> {
  const path = join(dir, `${number}.ndjson.gz`);
  const child = spawn(process.execPath, ["--import", TSX, PROGRAM, path], { stdio: ["ignore", "pipe", "inherit"] });
  await once(child.stdout, "data");
  await sleep(1_100 + Math.random() * 1_500);
  const killedUs = (performance.timeOrigin + performance.now()) * 1000;
  const closed = once(child, "exit");
  child.kill("SIGKILL");
  await closed;
  const { events, account } = await readBack(path);
  const ticks = events.filter(({ type }) => type === "tick");
  assert.equal(account.refused, 0);
  assert.deepEqual(
    ticks.map(({ seq }) => seq),
    ticks.map((_, index) => index + 1),
  );
  const lateMs = (killedUs - (ticks.at(-1)?.atUs ?? 0)) / 1000;
  assert.ok(lateMs < 1_000, `the last event is ${Math.round(lateMs)} ms older than the kill`);
  if (account.cut.length === 0) execFileSync("gzip", ["-t", path]);
}

test(`killed ${KILLS} times at random`, { timeout: 280_000 }, async () => {
  for (let from = 0; from < KILLS; from += AT_ONCE) {
    const numbers = Array.from({ length: Math.min(AT_ONCE, KILLS - from) }, (_, index) => from + index);
    await Promise.all(numbers.map(killOne));
  }
});
