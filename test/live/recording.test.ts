/** Recordings of this machine: whole when told to stop, and all but the last second there after a kill (contract.test.ts: the same as live). */
import assert from "node:assert/strict";
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { boottimeUs } from "../../src/host/boottime.ts";
import { type Event, isSocketEvent } from "../../src/model/event.ts";
import { readBack } from "../recording/reading.ts";
import { folder } from "../recording/temporary.ts";
import { childrenOf, gone, output, Program, sockleak, Trace } from "./sockleak.ts";

const CLI = fileURLToPath(new URL("../../dist/cli.js", import.meta.url));
const WAIT_MS = 90_000;
const dir = folder();
/** Marks reach the recorders of this test only. */
process.env.SOCKLEAK_RUN = join(dir, "run");

test("record: marks, a signal ends it cleanly, and only its owner may read it", async () => {
  const path = join(dir, "marks.ndjson.gz");
  const recording = await startRecording(path);
  await sockleak("mark", "deploy", "started");
  recording.child.kill("SIGUSR1");
  await until(
    async () => (await readBack(path)).events.filter(({ type }) => type === "mark").length === 2,
    "both marks",
  );
  recording.child.kill("SIGTERM");
  const { code, stderr } = await recording.output;
  assert.equal(code, 0, stderr);
  const { events, account } = await readBack(path);
  assert.deepEqual(
    events.flatMap((event) => (event.type === "mark" ? event.text : [])),
    ["deploy started", "SIGUSR1"],
  );
  const end = events.at(-1);
  assert.ok(end?.type === "end");
  assert.equal(end.totals?.events, events.length);
  assert.deepEqual([account.refused, account.cut.length], [0, 0]);
  assert.equal(
    (JSON.parse(stderr.trim().split("\n").at(-1) ?? "") as { recording: { events: number } }).recording.events,
    events.length,
  );
});

test("record - | report -: through a pipe", async () => {
  const script = `"$0" "$1" record - --for 3s --comm none-of-this-name | "$0" "$1" report - --json`;
  const { stdout } = await promisify(execFile)("sh", ["-c", script, process.execPath, CLI], { timeout: WAIT_MS });
  const document = JSON.parse(stdout) as {
    observed: { toUs: number; fromUs: number; lost: number };
    summary: { verdict: string };
  };
  assert.ok(document.observed.toUs - document.observed.fromUs >= 3_000_000);
  assert.notEqual(document.summary.verdict, "leak");
});

test("a bpftrace that is killed is a gap in the recording, which goes on", async () => {
  const path = join(dir, "killed-bpftrace.ndjson.gz");
  const recording = await startRecording(path);
  const bpftrace = (await bpftraceOf(recording.child.pid as number)) as number;
  process.kill(bpftrace, "SIGKILL");
  const isBack = async () => {
    const { events } = await readBack(path);
    const gapAt = events.findIndex((event) => event.type === "gap" && event.why === "restart");
    return (
      gapAt >= 0 && events.slice(gapAt).some((event) => event.type === "recording" && event.attachment !== "census")
    );
  };
  await until(isBack, "it traces again");
  const program = new Program<{ pid: number }>("leaker.py", Buffer.from("after-kill").toString("hex"));
  const { pid } = await program.ready;
  await until(
    async () => (await readBack(path)).events.some((event) => event.type === "open" && event.pid === pid),
    "the leaker's accepts",
  );
  await program.stop();
  recording.child.kill("SIGTERM");
  assert.equal((await recording.output).code, 0);
});

test("killed by SIGKILL: every event older than a second is there, and bpftrace is gone", async () => {
  const path = join(dir, "killed.ndjson.gz");
  const recording = await startRecording(path);
  const trace = await Trace.start("--comm", "churner");
  const bpftrace = (await bpftraceOf(recording.child.pid as number)) as number;
  const churner = spawn("python3", ["-c", CHURN], { stdio: ["pipe", "ignore", "inherit"] });
  await trace.until((event) => event.type === "open" && event.comm === "churner");
  await sleep(2_500);
  const killedUs = boottimeUs();
  recording.child.kill("SIGKILL");
  await recording.output;
  await trace.until((event) => event.type === "tick" && event.atUs > killedUs);
  churner.stdin.end();
  await once(churner, "close");
  await trace.stop();
  await gone(bpftrace);
  const { events, account } = await readBack(path);
  assert.equal(account.refused, 0);
  const recorded = new Set(events.filter(isSocketEvent).map(keyOf));
  const due = trace.events.filter(
    (event) => isSocketEvent(event) && event.atUs < killedUs - 1_000_000 && !("inferred" in event),
  );
  const missing = due.filter((event) => !recorded.has(keyOf(event)));
  const lost = [...events, ...trace.events].some((event) => event.type === "gap" && event.why !== "cut");
  assert.ok(due.length > 500, `${due.length} events were due`);
  if (!lost) assert.deepEqual(missing.slice(0, 3), []);
  assert.ok(missing.length <= due.length * 0.02, `${missing.length} of ${due.length} are missing`);
  await promisify(execFile)("zcat", [path], { maxBuffer: 1 << 28 });
});

/** Connections to itself, each closed: two hundred a second. */
const CHURN = `
import select, socket, sys, time
open("/proc/self/comm", "w").write("churner")
server = socket.create_server(("127.0.0.1", 0))
while not select.select([sys.stdin], [], [], 0.005)[0]:
    client = socket.create_connection(server.getsockname())
    accepted, _ = server.accept()
    client.close()
    accepted.recv(1)
    accepted.close()
`;

/** The same move of the same socket, whoever traced it: two bpftraces stamp it within a moment of each other. */
function keyOf(event: Event): string {
  if (!isSocketEvent(event)) return "";
  const move = event.type === "state" ? `${event.from} ${event.to}` : event.type;
  return `${move} ${event.local?.port} ${event.remote?.port}`;
}

async function startRecording(path: string) {
  const child = spawn(process.execPath, [CLI, "record", path], { stdio: ["ignore", "ignore", "pipe"] });
  const done = output(child);
  const isAttached = async () => {
    if (child.exitCode !== null) throw new Error((await done).stderr);
    const { events } = await readBack(path).catch(() => ({ events: [] as Event[] }));
    return events.some((event) => event.type === "recording" && event.attachment !== "census");
  };
  await until(isAttached, "the recorder traces");
  return { child, output: done };
}

async function bpftraceOf(pid: number): Promise<number | undefined> {
  const { readFileSync } = await import("node:fs");
  return childrenOf(pid).find((child) => readFileSync(`/proc/${child}/comm`, "utf8") === "bpftrace\n");
}

async function until(fits: () => boolean | Promise<boolean>, what: string): Promise<void> {
  const startMs = performance.now();
  while (!(await fits())) {
    if (performance.now() - startMs > WAIT_MS) throw new Error(`never: ${what}`);
    await sleep(100);
  }
}
