/**
 * Programs of the system, with and without frame pointers and symbols, as their distribution built them: every frame that
 * is believed is one that unwinding by debug information finds (eu-stack), which we cannot do from a probe.
 */
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { Namer } from "../../src/symbols/namer.ts";
import { type Reach, restingStack } from "./blocked-stack.ts";
import { run, startSilent } from "./start.ts";

const ACCEPT = "import socket; s = socket.socket(); s.bind(('127.0.0.1', 0)); s.listen(); s.accept()";
const PROGRAMS: readonly (readonly string[])[] = [
  ["cat"],
  ["sort"],
  ["tee"],
  ["wc"],
  ["md5sum"],
  ["grep", "x"],
  ["sed", "p"],
  ["awk", "{print}"],
  ["xz", "-c"],
  ["gzip", "-c"],
  ["bash", "-c", "read x"],
  ["sh", "-c", "read x"],
  ["perl", "-e", "<STDIN>"],
  ["python3", "-c", ACCEPT],
  ["python3", "-c", "import select; select.select([0], [], [])"],
  ["git", "cat-file", "--batch"],
  ["gcc", "-xc", "-", "-S", "-o", "/dev/null"],
  ["rustc", "-", "-o", "/dev/null"],
  [process.execPath, "-e", "setTimeout(() => {}, 60_000)"],
];
const REACHES: readonly Reach[] = [
  { words: 24, hits: 4 },
  { words: 64, hits: 12 },
];

const asRoot = { skip: process.geteuid?.() === 0 ? false : "needs root: unwinding looks into processes" };
const namer = new Namer();
after(() => namer.end());

let believed = 0;

for (const argv of PROGRAMS) {
  test(argv.join(" "), asRoot, async (t) => {
    const program = startSilent(argv);
    try {
      for (const reach of REACHES) {
        const { frames, truth } = await looked(program.pid, reach);
        const addresses = new Set(frames.map(({ address }) => address));
        const wrong = frames.filter(({ address }) => !truth.includes(address));
        assert.deepEqual(wrong, [], `of ${truth.length}`);
        believed += addresses.size;
        t.diagnostic(`${reach.words} words: ${addresses.size} of ${truth.length}`);
      }
    } finally {
      await program.stop();
    }
  });
}

test("that is not because nothing is believed", asRoot, () => {
  assert.ok(believed >= PROGRAMS.length * REACHES.length, `${believed} frames of ${PROGRAMS.length} programs`);
});

/** What is believed and what is true of one moment: one that went on meanwhile is looked at again. */
async function looked(pid: number, reach: Reach) {
  for (;;) {
    const before = await unwound(pid);
    const { frames } = await namer.name(await restingStack(pid, reach));
    const truth = await unwound(pid);
    if (truth.join() === before.join()) return { frames, truth };
  }
}

/** The return addresses of its first thread. eu-stack ends with 1 where it comes to no end. */
async function unwound(pid: number): Promise<readonly string[]> {
  const { stdout } = await run("eu-stack", ["-r", "-1", "-n", "200", "-p", String(pid)]).catch((error) => error);
  return [...String(stdout).matchAll(/^#\d+ +0x0*([0-9a-f]+)/gm)].map(([, address]) => address ?? "");
}
