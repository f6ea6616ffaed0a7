/** The Namer itself: it never rejects, keeps nobody waiting, and lets the program end. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { Namer } from "../../src/symbols/namer.ts";
import { blockedStack } from "./blocked-stack.ts";
import { build, run, start } from "./start.ts";

const GONE = "the process had ended before its memory map was read";

test("what is no process and no address", async () => {
  const namer = new Namer();
  try {
    for (const pid of [-1, 0, 0.5, Number.NaN, 2 ** 22 + 1]) {
      const named = await namer.name({ pid, ip: "7f0000001234", near: ["zz", ""], chain: ["ffffffffffffffff"] });
      assert.deepEqual(named, { frames: [], notes: [GONE] }, String(pid));
    }
    const own = await namer.name({ pid: process.pid, ip: "garbage", near: ["1", "-"], chain: ["0"] });
    assert.deepEqual(own.frames, []);
  } finally {
    await namer.end();
  }
});

test("what is open when it ends is answered; so is what is asked later", async () => {
  const namer = new Namer();
  const stack = { pid: process.pid, ip: "1234", near: [], chain: [] };
  const [open] = await Promise.all([namer.name(stack), namer.end()]);
  const later = await namer.name({ ...stack, ip: "5678" });
  for (const { notes } of [open, later]) assert.deepEqual(notes, ["not looked up: sockleak was ending"]);
  await namer.end();
});

test("an idle one lets the program end", { timeout: 30_000 }, async () => {
  const namer = JSON.stringify(import.meta.resolve("../../src/symbols/namer.ts"));
  const loader = JSON.stringify(import.meta.resolve("tsx/esm/api"));
  const program = `import(${loader}).then(({ register }) => { register(); return import(${namer}); })
    .then(({ Namer }) => new Namer().name({ pid: process.pid, ip: "1234", near: [], chain: [] }))
    .then(({ frames }) => console.log(frames.length));`;
  const { stdout } = await run(process.execPath, ["-e", program]);
  assert.equal(stdout, "0\n");
});

test("ten thousand stacks of one program", async (t) => {
  const namer = new Namer();
  const program = await start([await build("paths.c", ["-O2", "-g"]), "download"]);
  try {
    const stack = await blockedStack(program.pid);
    const beyond = BigInt(`0x${stack.near[1]}`);
    const startedMs = performance.now();
    const named = await Promise.all(
      Array.from({ length: 10_000 }, (_, i) => {
        return namer.name({ ...stack, chain: [...stack.near.slice(1, 2), (beyond + BigInt(i)).toString(16)] });
      }),
    );
    t.diagnostic(`${(performance.now() - startedMs).toFixed(0)} ms`);
    assert.ok(named.every(({ frames }) => frames.some((frame) => frame.function === "take_download")));
  } finally {
    await program.stop();
    await namer.end();
  }
});
