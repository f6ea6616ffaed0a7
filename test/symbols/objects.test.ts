/** Files are held open for a while, and then no longer. */
import assert from "node:assert/strict";
import { copyFileSync, readdirSync, readlinkSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { Objects } from "../../src/symbols/objects.ts";
import { Process } from "../../src/symbols/process.ts";
import { readSnapshot } from "../../src/symbols/snapshot.ts";
import { build, folder, start } from "./start.ts";

async function withProcess<T>(path: string, work: (process: Process) => Promise<T>): Promise<T> {
  copyFileSync(await build("paths.c", ["-O2"]), path);
  const program = await start([path, "upload"]);
  try {
    return await work(new Process((await readSnapshot(program.pid)) ?? assert.fail("gone")));
  } finally {
    await program.stop();
  }
}

function isOpen(path: string): boolean {
  return readdirSync("/proc/self/fd").some((fd) => {
    try {
      return readlinkSync(`/proc/self/fd/${fd}`) === path;
    } catch {
      return false; // the directory's own fd
    }
  });
}

test("held for the batches that follow soon, then let go", { timeout: 20_000 }, async () => {
  const path = join(folder, "object");
  await withProcess(path, async (process) => {
    const objects = new Objects(200);
    const mapping = process.snapshot.mappings.find((one) => one.path === path) ?? assert.fail("not mapped");
    objects.begin(Number.POSITIVE_INFINITY);
    const first = await objects.load(process, mapping);
    assert.ok(first.object);
    objects.end();
    objects.begin(Number.POSITIVE_INFINITY);
    assert.equal((await objects.load(process, mapping)).object, first.object);
    objects.end();
    assert.ok(isOpen(path));
    while (isOpen(path)) await sleep(20); // its own timer lets it go
  });
});

test("after the batch's time nothing more is opened", async () => {
  const path = join(folder, "late");
  await withProcess(path, async (process) => {
    const objects = new Objects();
    const mapping = process.snapshot.mappings.find((one) => one.path === path) ?? assert.fail("not mapped");
    objects.begin(performance.now() - 1);
    const { object, why } = await objects.load(process, mapping);
    assert.deepEqual([object, why], [null, `${path}: not read, others took too long`]);
    assert.ok(!isOpen(path));
  });
});
