/** A program of more than 200 MB, with debug information of 200,000 functions: read while the main thread goes on. */
import assert from "node:assert/strict";
import { statSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { after, test } from "node:test";
import { Namer } from "../../src/symbols/namer.ts";
import { blockedStack } from "./blocked-stack.ts";
import { folder, run, start } from "./start.ts";

const FUNCTIONS = 200_000;
const MEGABYTES = 220;

const namer = new Namer();
after(() => namer.end());

/** paths.c with many functions beside it, and a section that is nearly all of the file. */
async function buildLarge(): Promise<string> {
  const path = join(folder, "large");
  const lines = Array.from({ length: FUNCTIONS }, (_, i) => `f${i}: ret\n.type f${i}, @function\n.size f${i}, 1\n`);
  writeFileSync(`${path}.s`, `.text\n${lines.join("")}.section .note.GNU-stack\n`);
  writeFileSync(`${path}.zeros`, "");
  truncateSync(`${path}.zeros`, MEGABYTES * 1024 * 1024);
  const paths = join(import.meta.dirname, "programs", "paths.c");
  await run("gcc", ["-O2", "-g", "-pthread", "-fno-omit-frame-pointer", `${path}.s`, paths, "-o", path]);
  await run("objcopy", ["--add-section", `.debug_ballast=${path}.zeros`, path]);
  return path;
}

test("200 MB: the main thread is not blocked", async (t) => {
  const path = await buildLarge();
  assert.ok(statSync(path).size > 200 * 1024 * 1024);
  const program = await start([path, "download"]);
  const delay = monitorEventLoopDelay({ resolution: 1 });
  let fired = 0;
  const timer = setInterval(() => fired++, 5);
  try {
    const stack = await blockedStack(program.pid);
    fired = 0;
    delay.enable();
    const startedMs = performance.now();
    const { frames, notes } = await namer.name(stack);
    const tookMs = performance.now() - startedMs;
    delay.disable();
    t.diagnostic(
      `named in ${tookMs.toFixed(0)} ms; ${fired} timers in between; longest block ${(delay.max / 1e6).toFixed(1)} ms`,
    );
    const functions = frames.filter(({ inlined }) => inlined === undefined).map((frame) => frame.function);
    assert.deepEqual(functions.slice(0, 2), ["take_download", "handle_download"]);
    assert.ok(
      frames.every(({ line }) => line !== null),
      notes.join(),
    );
    assert.ok(fired >= 3, `${fired} timers fired`);
  } finally {
    clearInterval(timer);
    await program.stop();
  }
});
