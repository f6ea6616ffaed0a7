/** No bpftrace outlives sockleak, whatever happens to either; a bpftrace that dies or hangs is replaced, visibly. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import type { GapEvent } from "../../src/model/event.ts";
import { CLI, childrenOf, gone, output, Program, Trace } from "./sockleak.ts";

for (const signal of ["SIGKILL", "SIGTERM", "SIGINT", "SIGHUP"] as const) {
  test(`bpftrace ends with a sockleak that gets ${signal}`, async () => {
    const trace = await Trace.start();
    const { bpftrace } = trace;
    process.kill(trace.pid, signal);
    await trace.closed;
    await gone(bpftrace);
    if (signal !== "SIGKILL") assert.equal(trace.child.exitCode, 0);
    else assert.equal(trace.child.signalCode, "SIGKILL");
  });
}

test("bpftrace ends with a sockleak that gets SIGKILL while bpftrace hangs", async () => {
  const trace = await Trace.start();
  const { bpftrace } = trace;
  process.kill(bpftrace, "SIGSTOP");
  process.kill(trace.pid, "SIGKILL");
  await gone(bpftrace);
});

test("a doctor that is told to stop does, and its bpftrace with it", async () => {
  const child = spawn(process.execPath, [CLI, "doctor"], { stdio: ["ignore", "pipe", "pipe"] });
  const ended = output(child);
  const pid = child.pid as number;
  let tried: readonly number[] = [];
  while (tried.length === 0 && child.exitCode === null) {
    tried = childrenOf(pid).filter((one) => commOf(one) === "bpftrace");
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  child.kill("SIGTERM");
  assert.deepEqual(await ended, { code: 4, stdout: "", stderr: "" });
  assert.equal(tried.length, 1);
  for (const one of tried) await gone(one);
});

for (const [what, signal, reason] of [
  ["is killed", "SIGKILL", /SIGKILL/],
  ["crashes", "SIGABRT", /SIGABRT/],
  ["hangs", "SIGSTOP", /hung/],
] as const) {
  test(`a bpftrace that ${what} is replaced; the gap says why, and events go on`, async () => {
    const trace = await Trace.start();
    const first = trace.bpftrace;
    process.kill(first, signal);
    const gap = (await trace.until((event) => event.type === "gap" && event.why === "restart")) as GapEvent;
    assert.match(gap.text, reason);
    assert.equal(gap.lost, null);
    await gone(first);
    await trace.until((event) => event.type === "recording" && event.seq > gap.seq);
    assert.notEqual(trace.bpftrace, first);
    const program = new Program<{ port: number }>("connections.ts", 23, 4, 4);
    const { port } = await program.ready;
    await trace.until((event) => event.type === "state" && event.to === "LISTEN" && event.local?.port === port);
    await program.stop();
    const events = await trace.stop();
    assert.deepEqual(
      events.map(({ seq }) => seq),
      events.map((_, i) => i + 1),
    );
  });
}

test("a reader that leaves ends sockleak without a word", async () => {
  // biome-ignore lint/suspicious/noTemplateCurlyInString: it is the shell's
  const shell = 'node dist/cli.js trace --json --for 60s | head -n 1; echo "${PIPESTATUS[0]}"';
  const child = spawn("bash", ["-c", shell], { stdio: ["ignore", "pipe", "pipe"] });
  const program = new Program("connections.ts", 1_009, 4, 4);
  await program.ready;
  const { stdout, stderr } = await output(child);
  await program.stop();
  const [first = "", code] = stdout.trim().split("\n");
  assert.equal(JSON.parse(first).type, "recording");
  assert.equal(code, "0");
  assert.equal(stderr, "");
});

/** Of a process that may have ended meanwhile. */
function commOf(pid: number): string | null {
  try {
    return readFileSync(`/proc/${pid}/comm`, "utf8").trim();
  } catch {
    return null;
  }
}
