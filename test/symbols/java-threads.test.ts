/** The threads of a Java machine whose compiled methods keep no frame pointer: named, and where they stand, as a hint. */
import assert from "node:assert/strict";
import { readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { before, test } from "node:test";
import { parseThreads } from "../../src/symbols/jit/thread-dump.ts";
import { Namer } from "../../src/symbols/namer.ts";
import { blockedStack } from "./blocked-stack.ts";
import { folder, type Running, run, start } from "./start.ts";

const JDK_17 = `2026-11-27 12:50:40
Full thread dump OpenJDK 64-Bit Server VM (17.0.15+6-Debian-1deb12u1 mixed mode, sharing):

"main" #1 prio=5 os_prio=0 cpu=79.12ms elapsed=4.60s tid=0x00007f3ae4017dc0 nid=0x55b6 runnable  [0x00007f3ae95de000]
   java.lang.Thread.State: RUNNABLE
\tat sun.nio.ch.Net.accept(java.base@17.0.15/Native Method)
\tat java.net.ServerSocket.accept(java.base@17.0.15/ServerSocket.java:532)
\t- locked <0x000000069ec02f40> (a java.lang.ref.ReferenceQueue$Lock)
\tat Waits.main(Waits.java:28)

"VM Thread" os_prio=0 cpu=1.49ms elapsed=4.57s tid=0x00007f3ae40ef3d0 nid=0x55bc runnable  
`;
/** As JDK 21 prints it: its number twice, decimal. */
const JDK_21 = `"a" nid=1 "b" #31 [21950] daemon prio=5 os_prio=0 cpu=0.12ms elapsed=4.56s tid=0x00007f nid=21950 waiting on condition  [0x0]
\tat Shop.lambda$main$0(Shop.java:7)
`;

test("a dump of JDK 17, with numbers in hexadecimal; of JDK 21, in decimal", () => {
  const threads = parseThreads(JDK_17);
  assert.deepEqual([...threads.keys()], [0x55b6, 0x55bc]);
  const main = threads.get(0x55b6);
  assert.deepEqual(
    [main?.name, main?.frames.map(({ function: name, file, line }) => [name, file, line])],
    [
      "main",
      [
        ["sun.nio.ch.Net.accept", null, null],
        ["java.net.ServerSocket.accept", "ServerSocket.java", 532],
        ["Waits.main", "Waits.java", 28],
      ],
    ],
  );
  assert.deepEqual(threads.get(0x55bc), { name: "VM Thread", frames: [] });
  const [[nid, named] = []] = parseThreads(JDK_21);
  assert.deepEqual([nid, named?.name, named?.frames[0]?.function], [21_950, 'a" nid=1 "b', "Shop.lambda$main$0"]);
});

test("a dump that wants to fill memory does not: threads, frames and names are bounded", () => {
  const deep = `"deep" #1 nid=1 runnable\n${"\tat a.b(C.java:1)\n".repeat(100_000)}`;
  const many = Array.from({ length: 20_000 }, (_, nid) => `"${"x".repeat(600)}" #1 nid=${nid + 2} runnable`).join("\n");
  const threads = parseThreads(`${deep}${many}`);
  assert.deepEqual([threads.size, threads.get(1)?.frames.length], [10_000, 40]);
  assert.ok((threads.get(2)?.name.length ?? 0) < 600);
});

before(() => run("javac", ["-d", folder, join(import.meta.dirname, "programs", "Waits.java")]));

/** Its first Java thread: not the one of the process's number, which only waits for it. */
function acceptingThread(pid: number): number {
  const threads = readdirSync(`/proc/${pid}/task`).map(Number);
  const found = threads.find((tid) => /^(43|288) /.test(readFileSync(`/proc/${tid}/syscall`, "utf8")));
  assert.ok(found !== undefined);
  return found;
}

async function withWaits<T>(work: (program: Running) => Promise<T>): Promise<T> {
  const program = await start(["java", "-XX:+UseSerialGC", "-XX:-UsePerfData", "-cp", folder, "Waits"]);
  try {
    return await work(program);
  } finally {
    await program.stop();
    for (const left of [`perf-${program.pid}.map`, `.java_pid${program.pid}`]) rmSync(`/tmp/${left}`, { force: true });
  }
}

for (const jit of [true, false]) {
  test(`${jit ? "with" : "without"} --jit: of a stack without its callers the thread, ${jit ? "and where it stands" : "no more"}`, async () => {
    const namer = new Namer({ jit });
    try {
      await withWaits(async ({ pid }) => {
        const stack = await blockedStack(pid);
        const tid = acceptingThread(pid);
        const { notes, standing } = await namer.name({ ...stack, tids: [tid, 4_194_303] });
        assert.match(notes.join(), /JAVA_TOOL_OPTIONS=-XX:\+PreserveFramePointer/);
        const [main, ...others] = standing ?? [];
        assert.deepEqual([main?.tid, others], [tid, []]);
        const at = main?.frames.find(({ function: name }) => name === "Waits.main");
        assert.deepEqual([at?.file, at?.line], jit ? ["Waits.java", 28] : [undefined, undefined]);
        assert.equal(main?.name, jit ? "main" : "java");
      });
    } finally {
      await namer.end();
    }
  });
}
