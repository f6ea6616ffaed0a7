/**
 * What a census costs on a crowded host. As root: npx tsx test/bench/census.ts
 *
 *   20,000 CLOSE_WAIT in one process             `list`, and a full round, each beside `ss -tanpieOH` alone, in turn
 *   20,000 in no table, in one process           reset by the peer: the first full round, the next, and close-wait rounds
 *   19,000 ESTABLISHED and 600 CLOSE_WAIT        the close-wait round that goes on all day, and its period at 1% of a core
 *   2,000 processes of 50 fds                    the first full round and the next
 *   100,000 fds in five processes                the same
 *   100,000 UNIX sockets in five processes       the same
 *   200 namespaces with no process               the same
 *
 * The rounds run in a program of their own, built as a user's is. "blocked" is the longest time that its event loop
 * did not turn, "of CPU" what the round says of itself, "in all" what the whole program took, "peak" its largest memory.
 * `list` is the command itself, from its start to its exit: what somebody waits for who asks what has leaked.
 */
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import { bundle } from "../../scripts/bundle.ts";
import { localHost } from "../../src/host/local.ts";

const HOLD = `
import resource, socket, sys, os
resource.setrlimit(resource.RLIMIT_NOFILE, (resource.getrlimit(resource.RLIMIT_NOFILE)[1],) * 2)
leaked, live, processes, files, unix, gone = map(int, sys.argv[1:7])
for _ in range(processes - 1):
    if os.fork() == 0: leaked = live = gone = 0; break
keep = [os.open("/dev/null", 0) for _ in range(files)] + [socket.socket(socket.AF_UNIX) for _ in range(unix)]
listener = socket.socket(); listener.bind(("127.0.0.1", 0)); listener.listen(4096)
for n in range(leaked):
    c = socket.socket(); c.connect(listener.getsockname()); keep.append(listener.accept()[0]); c.close()
for n in range(gone):
    c = socket.socket(); c.connect(listener.getsockname()); keep.append(listener.accept()[0])
    c.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\\1\\0\\0\\0\\0\\0\\0\\0"); c.close()
for n in range(live // 2):
    c = socket.socket(); c.connect(listener.getsockname()); keep.append(listener.accept()[0]); keep.append(c)
print("x", end="", flush=True)
sys.stdin.read()
`;

/** Loaded before the command, so that it says at its end how much memory it took. */
const PEAK = `data:text/javascript,
import { readFileSync, writeSync } from "node:fs";
process.on("exit", () => writeSync(2, /VmHWM:\\s+(\\d+)/.exec(readFileSync("/proc/self/status", "utf8"))[1]));
`;

type Crowd = {
  readonly leaked?: number;
  readonly live?: number;
  readonly processes?: number;
  readonly files?: number;
  readonly unix?: number;
  /** Reset by the peer, and their fds open. */
  readonly gone?: number;
};
type Round = {
  readonly scope: string;
  readonly ms: number;
  readonly blockedMs: number;
  readonly peakMb: number;
  readonly costMs: number;
  readonly sockets: number;
  readonly why: readonly string[];
};

process.chdir(new URL("../..", import.meta.url).pathname);
/** As dist is, with the program that runs the rounds. */
const DIST = mkdtempSync(join(tmpdir(), "sockleak-bench-"));
bundle({ cli: "src/cli.ts", rounds: "test/bench/rounds.ts" }, DIST);

async function crowd({
  leaked = 0,
  live = 0,
  processes = 1,
  files = 0,
  unix = 0,
  gone = 0,
}: Crowd): Promise<() => Promise<void>> {
  const argv = ["-c", HOLD, ...[leaked, live, processes, files, unix, gone].map(String)];
  const child = spawn("/usr/bin/python3", argv, { stdio: ["pipe", "pipe", "inherit"] });
  let ready = 0;
  while (ready < processes) ready += ((await once(child.stdout, "data"))[0] as Buffer).length;
  return async () => {
    const over = once(child, "exit");
    child.stdin.end();
    await over;
  };
}

async function runRounds(...scopes: readonly string[]): Promise<readonly Round[]> {
  const from = performance.now();
  const { stdout, stderr } = await localHost.run([process.execPath, `${DIST}/rounds.js`, ...scopes], {
    timeoutMs: 120_000,
  });
  const wallMs = performance.now() - from;
  if (stderr !== "") console.log(stderr);
  const rounds: Round[] = stdout
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
  for (const { scope, ms, costMs, blockedMs, peakMb, sockets } of rounds) {
    const [took, cost, blocked, peak] = [ms, costMs, blockedMs, peakMb].map((value) => value.toFixed(0));
    console.log(
      `  ${scope}: ${took} ms, ${cost} ms of CPU, blocked ${blocked} ms, peak ${peak} MB, ${sockets} sockets`,
    );
  }
  console.log(`  in all ${wallMs.toFixed(0)} ms; ${rounds.at(-1)?.why.join("; ")}`);
  return rounds;
}

async function ssAlone(): Promise<number> {
  const from = performance.now();
  await localHost.run(["ss", "-tanpieOH"], { maxBytes: 1e9, timeoutMs: 60_000, onStdout: () => {} });
  return performance.now() - from;
}

async function runList(): Promise<{ readonly ms: number; readonly peakMb: number }> {
  const from = performance.now();
  const { stderr, code } = await localHost.run([process.execPath, "--import", PEAK, `${DIST}/cli.js`, "list"], {
    timeoutMs: 120_000,
  });
  if (code !== 0) throw new Error(`list: exit ${code}: ${stderr}`);
  return { ms: performance.now() - from, peakMb: Number(stderr) / 1024 };
}

const PAIRS = 7;

/** In turn, so that what else the machine does meanwhile slows both. */
async function listBesideSs(): Promise<void> {
  await runList();
  const pairs: { readonly ssMs: number; readonly ms: number; readonly peakMb: number }[] = [];
  for (let pair = 0; pair < PAIRS; pair++) pairs.push({ ssMs: await ssAlone(), ...(await runList()) });
  const say = (what: string, values: readonly number[], digits: number) => {
    const sorted = values.toSorted((a, b) => a - b).map((value) => value.toFixed(digits));
    console.log(`  ${what}: median ${sorted[PAIRS >> 1]} (${sorted[0]} to ${sorted.at(-1)}), ${PAIRS} pairs`);
  };
  say(
    "ss -tanpieOH alone, ms",
    pairs.map(({ ssMs }) => ssMs),
    0,
  );
  say(
    "list, ms",
    pairs.map(({ ms }) => ms),
    0,
  );
  say(
    "list over ss",
    pairs.map(({ ms, ssMs }) => ms / ssMs),
    1,
  );
  say(
    "list's peak, MB",
    pairs.map(({ peakMb }) => peakMb),
    0,
  );
}

async function compared(what: Crowd): Promise<void> {
  const end = await crowd(what);
  await listBesideSs();
  const ratios: number[] = [];
  for (let pair = 0; pair < 3; pair++) {
    const ssMs = await ssAlone();
    const [first] = await runRounds("full");
    ratios.push((first?.ms ?? 0) / ssMs);
    console.log(`  ss -tanpieOH alone: ${ssMs.toFixed(0)} ms`);
  }
  console.log(`  first full round over ss: ${ratios.map((ratio) => ratio.toFixed(1)).join(", ")}`);
  await runRounds("full", "full", "close-wait", "close-wait");
  await end();
}

async function repeated(what: Crowd): Promise<void> {
  const end = await crowd(what);
  const rounds = await runRounds("full", "full", ...Array.from({ length: 10 }, () => "close-wait"));
  const cheap = rounds.slice(2);
  const meanMs = cheap.reduce((sum, { costMs }) => sum + costMs, 0) / cheap.length;
  console.log(
    `  a close-wait round costs ${meanMs.toFixed(0)} ms: 1% of a core at one every ${(meanMs / 10).toFixed(1)} s`,
  );
  await end();
}

async function inNamespaces(count: number): Promise<void> {
  const names = Array.from({ length: count }, (_, index) => `sockleak-bench-${process.pid}-${index}`);
  for (const name of names) execFileSync("ip", ["netns", "add", name]);
  await runRounds("full", "full", "close-wait");
  for (const name of names) execFileSync("ip", ["netns", "del", name]);
}

const CASES: Readonly<Record<string, () => Promise<void>>> = {
  "20,000 CLOSE_WAIT in one process": () => compared({ leaked: 19_900 }),
  "20,000 in no table, in one process": () => repeated({ gone: 19_900 }),
  "19,000 ESTABLISHED and 600 CLOSE_WAIT": () => repeated({ leaked: 600, live: 19_000 }),
  "2,000 processes of 50 fds": () => repeated({ leaked: 20, processes: 2_000, files: 46 }),
  "100,000 fds in five processes": () => repeated({ leaked: 20, processes: 5, files: 19_900 }),
  "100,000 UNIX sockets in five processes": () => repeated({ leaked: 20, processes: 5, unix: 19_900 }),
  "200 namespaces with no process": () => inNamespaces(200),
};

const [only = ""] = process.argv.slice(2);
for (const [title, measure] of Object.entries(CASES).filter(([name]) => name.includes(only))) {
  console.log(title);
  await measure();
}
rmSync(DIST, { recursive: true });
