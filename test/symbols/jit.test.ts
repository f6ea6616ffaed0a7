/** Code that a runtime makes: named by the map that it writes, which may be anything else instead. */
import assert from "node:assert/strict";
import { chownSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { Namer } from "../../src/symbols/namer.ts";
import type { Frame, Named, RawStack } from "../../src/symbols/stack.ts";
import { build, folder, type Running, run, start } from "./start.ts";

const namer = new Namer();
after(() => namer.end());

const asRoot = { skip: process.geteuid?.() === 0 ? false : "needs root: gives files away" };

/** As if the process were in its own code right now. */
function stackAt(pid: number, ip: string): RawStack {
  return { pid, ip, near: [], chain: [] };
}

async function withProgram<T>(argv: readonly string[], work: (program: Running) => Promise<T>): Promise<T> {
  const program = await start(argv);
  try {
    return await work(program);
  } finally {
    await program.stop();
    for (const left of [`perf-${program.pid}.map`, `perf-${program.pid}.other`, `.java_pid${program.pid}`])
      rmSync(`/tmp/${left}`, { force: true });
  }
}

async function made(kind: string, before: (pid: number) => void = () => {}): Promise<{ named: Named; pid: number }> {
  return withProgram([await build("made.c", ["-O1"]), kind], async ({ pid, line }) => {
    before(pid);
    return { named: await namer.name(stackAt(pid, line)), pid };
  });
}

const PYTHON = { function: "handler", file: "/app/app.py", line: null, object: null, offset: null };

test("a map: function and file; of two for one place the later one, also when it comes later", async () => {
  await withProgram([await build("made.c", ["-O1"]), "map"], async ({ pid, line, ask }) => {
    const first = await namer.name(stackAt(pid, line));
    assert.deepEqual(first, { frames: [{ address: line, ...PYTHON }], notes: [] });
    assert.equal(await ask("\n"), "again");
    const near = (BigInt(`0x${line}`) + 1n).toString(16);
    const later = await namer.name(stackAt(pid, near));
    assert.deepEqual(later.frames, [{ address: near, ...PYTHON, function: "later" }]);
  });
});

const HOSTILE: Readonly<Record<string, string>> = {
  fifo: "is a FIFO: not read",
  symlink: "is a symbolic link: not read",
  sparse: "is larger than 64 MB: not read",
};

for (const [kind, said] of Object.entries(HOSTILE)) {
  test(`instead of a map a ${kind}: nothing hangs, and it is said`, { timeout: 20_000 }, async () => {
    const { named, pid } = await made(kind);
    assert.deepEqual(named.notes, [`/tmp/perf-${pid}.map ${said}`]);
    assert.deepEqual(
      named.frames.map((frame) => frame.function),
      [null],
    );
  });
}

test("a map of somebody else's", asRoot, async () => {
  const { named, pid } = await made("map", (pid) => chownSync(`/tmp/perf-${pid}.map`, 65_534, 65_534));
  assert.deepEqual(named.notes, [
    `/tmp/perf-${pid}.map belongs to uid 65534 and not to the process's uid ${process.getuid?.()}: not read`,
  ]);
  assert.equal(named.frames[0]?.function, null);
});

const SCRIPT = `
  const { createServer } = require("node:net");
  function takeOrder(socket) { socket.end("x".repeat(3)); }
  setTimeout(() => process.exit(), 120_000);
  createServer((socket) => takeOrder(socket)).listen(0, "127.0.0.1", function () { takeOrder({ end() {} }); console.log(process.pid); });
`;

test("Node, with the switch that it needs", { timeout: 20_000 }, async () => {
  const script = join(folder, "server.js");
  writeFileSync(script, SCRIPT);
  const argv = [process.execPath, "--perf-basic-prof", "--interpreted-frames-native-stack", script];
  await withProgram(argv, async ({ pid }) => {
    const [, address = "", size = ""] = await lineOf(pid, /^(\w+) (\w+) \S*takeOrder .*server\.js/m);
    const inside = (Number.parseInt(address, 16) + Number.parseInt(size, 16) - 1).toString(16);
    const { frames, notes } = await namer.name(stackAt(pid, inside));
    assert.deepEqual(frames, [
      { address: inside, function: "takeOrder", file: script, line: 3, object: null, offset: null },
    ]);
    assert.deepEqual(notes, []);
  });
});

/** Waits until a runtime has written of a function: it does so when it likes, and tells nobody. */
async function lineOf(pid: number, line: RegExp): Promise<readonly string[]> {
  for (;;) {
    const found = line.exec(readFileSync(`/tmp/perf-${pid}.map`, "utf8"));
    if (found !== null) return found;
    await sleep(20);
  }
}

test("Node without it: the note names the switch", async () => {
  await withProgram([process.execPath, "-e", SCRIPT], async ({ pid }) => {
    const { notes } = await namer.name({ pid, ip: madeCode(pid), near: [], chain: [] });
    assert.match(notes.join(), /NODE_OPTIONS="--perf-basic-prof --interpreted-frames-native-stack"/);
  });
});

/** An address in the first executable memory of a process that no file holds. */
function madeCode(pid: number): string {
  const lines = readFileSync(`/proc/${pid}/maps`, "utf8").split("\n");
  const line = lines.find((mapping) => /^\S+ ..x. \w+ 00:00 0 *$/.test(mapping));
  assert.ok(line, `pid ${pid} has made code`);
  return (BigInt(`0x${line.split("-")[0]}`) + 64n).toString(16);
}

test("Java with --jit: has the machine write its map, and names what it compiled", async () => {
  await run("javac", ["-d", folder, join(import.meta.dirname, "programs", "Waits.java")]);
  const asked = new Namer({ jit: true });
  try {
    await withProgram(
      ["java", "-XX:+PreserveFramePointer", "-XX:+UseSerialGC", "-XX:-UsePerfData", "-cp", folder, "Waits"],
      async ({ pid }) => {
        const unnamed = madeCode(pid);
        const without = await namer.name(stackAt(pid, unnamed));
        assert.match(without.notes.join(), /JAVA_TOOL_OPTIONS=-XX:\+PreserveFramePointer .* --jit/);
        const { notes } = await asked.name(stackAt(pid, unnamed));
        assert.deepEqual(notes, []);
        const map = readFileSync(`/tmp/perf-${pid}.map`, "utf8");
        const [, address = ""] = /^0x0*(\w+) \S+ .*Waits\.reckon/m.exec(map) ?? [];
        const { frames } = await asked.name(stackAt(pid, address));
        assert.match((frames as Frame[])[0]?.function ?? "", /Waits\.reckon\(int\)/);
      },
    );
  } finally {
    await asked.end();
  }
});
