/** What runs over hostile files: who it is, what it may, and how it ends. */
import assert from "node:assert/strict";
import { closeSync, openSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { Worker } from "node:worker_threads";
import { CONFINED_FILE, runConfined } from "../../src/symbols/tools/confined.ts";
import { folder, start } from "./start.ts";

const asRoot = { skip: process.geteuid?.() === 0 ? false : "needs root: becomes somebody else" };

async function textOf(argv: readonly string[], options: object = {}): Promise<string> {
  const { stdout, failure } = await runConfined({ argv, ...options });
  assert.equal(failure, null);
  return stdout.toString();
}

test("is nobody, without rights", asRoot, async () => {
  const status = await textOf(["cat", "/proc/self/status"]);
  assert.match(status, /^Uid:\s+65534\s+65534\s+65534\s+65534$/m);
  assert.match(status, /^Groups:\s*$/m);
  assert.match(status, /^CapBnd:\s+0+$/m);
  assert.match(status, /^NoNewPrivs:\s+1$/m);
});

test("has no network but its own loopback, which is down", asRoot, async () => {
  const links = (await textOf(["cat", "/proc/self/net/dev"])).split("\n").filter((line) => line.includes(":"));
  assert.deepEqual(
    links.map((line) => line.trim().split(":")[0]),
    ["lo"],
  );
});

test("has nothing of our environment", async () => {
  process.env.SOCKLEAK_SECRET = "s3cret";
  const names = (await textOf(["env"]))
    .trim()
    .split("\n")
    .map((line) => line.split("=")[0]);
  delete process.env.SOCKLEAK_SECRET;
  // Node itself hands its coverage on, where that is measured.
  assert.deepEqual(names.filter((name) => name !== "NODE_V8_COVERAGE").sort(), ["LC_ALL", "PATH"]);
});

test("has no terminal: a session of its own", async () => {
  const fields = (await textOf(["cat", "/proc/self/stat"])).split(") ")[1]?.split(" ") ?? [];
  const [, parent, , session, terminal] = fields;
  assert.notEqual(session, parent);
  assert.equal(terminal, "0");
  const ours = readFileSync("/proc/self/stat", "utf8").split(") ")[1]?.split(" ")[3];
  assert.notEqual(session, ours);
});

test("reads the file that it is given, whatever its path", async () => {
  const path = join(folder, "given");
  writeFileSync(path, "seen", { mode: 0o644 });
  const fd = openSync(path, "r");
  assert.equal(await textOf(["cat", CONFINED_FILE], { fd }), "seen");
  closeSync(fd);
});

test("writes no file", async () => {
  const { failure } = await runConfined({ argv: ["sh", "-c", "echo x > /dev/shm/sockleak-confined-test"] });
  assert.match(failure ?? "", /^ended with /);
});

test("is killed after its deadline", async () => {
  const { failure } = await runConfined({ argv: ["sleep", "60"], deadlineMs: 300 });
  assert.equal(failure, "took longer than 0.3 s");
});

test("is killed when it prints without end", async () => {
  const { failure, stdout } = await runConfined({ argv: ["yes"], maxBytes: 100_000 });
  assert.equal(failure, "printed more than 100000 bytes");
  assert.ok(stdout.length < 1_000_000);
});

test("a program that is not there", async () => {
  const { failure } = await runConfined({ argv: ["sockleak-no-such-program"] });
  assert.match(failure ?? "", /^ended with 127$/);
});

const confined = JSON.stringify(import.meta.resolve("../../src/symbols/tools/confined.ts"));
const loader = JSON.stringify(import.meta.resolve("tsx/esm/api"));
/** Long before it would end by itself. */
const SOON = { timeout: 20_000 };
const SLEEPS = `import(${loader}).then(({ register }) => { register(); return import(${confined}); })
  .then(({ runConfined }) => runConfined({ argv: ["sleep", "61"] }));`;

test("dies with the thread that started it", SOON, async () => {
  const worker = new Worker(SLEEPS, { eval: true, execArgv: [] });
  const pid = await childNamed(process.pid, "sleep");
  await worker.terminate();
  await goneOrKilled(pid);
});

test("dies with us, however we end", SOON, async () => {
  const program = await start([process.execPath, "-e", `console.log(process.pid); ${SLEEPS}`]);
  const pid = await childNamed(program.pid, "sleep");
  await program.stop();
  await goneOrKilled(pid);
});

/** Waits for a child of any thread of a process. Nothing tells of its exec but /proc. */
async function childNamed(parent: number, comm: string): Promise<number> {
  for (;;) {
    const pid = childrenOf(parent).find((child) => commOf(child) === comm);
    if (pid !== undefined) return pid;
    await sleep(10);
  }
}

function childrenOf(parent: number): readonly number[] {
  const threads = readdirSync(`/proc/${parent}/task`);
  const children = threads.map((thread) => textOrNothing(`/proc/${parent}/task/${thread}/children`));
  return children.join(" ").split(" ").filter(Boolean).map(Number);
}

function commOf(pid: number): string {
  return textOrNothing(`/proc/${pid}/comm`).trim();
}

async function goneOrKilled(pid: number): Promise<void> {
  while (commOf(pid) === "sleep" && !/^State:\s+Z/m.test(textOrNothing(`/proc/${pid}/status`))) await sleep(10);
}

function textOrNothing(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return ""; // it ends while we look
  }
}
