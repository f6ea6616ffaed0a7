/**
 * `npm run test:kernels [-- OPTIONS LINE…]`: boots each line of KERNELS, or those named, in a guest and runs guest-tests/ there.
 *
 *   --ci            the lines that CI runs, by the attachments that KERNELS names for it
 *   --only NAME     of the tests only guest-tests/NAME.test.ts, or guest-tests/for-good/NAME.test.ts (may be repeated)
 *   --systemd       guests with systemd as process 1, and the tests of guest-tests/with-systemd
 *   --jobs N        so many guests at once (1): a guest works on one thing at a time for the most part, and takes 2 GB
 *   --timeout S     kills a guest after S seconds (900)
 *   --record        keeps a short recording from each line below fixtures/bpftrace/kernels, for the tests without guests
 *
 *   a kernel more   a line in KERNELS
 *   a test more     a file guest-tests/NAME.test.ts; a test that is about one attachment begins its name with "fentry: "
 *                   and is skipped where child.ts's `without` says so; what changes the guest for good goes to for-good/
 *
 * A line fails by a test that failed, by a guest that ended or hung without results, and by a capability that it should
 * have and has not, or has and should not. The run of all lines fails by a capability that no line has. Exit 1: something failed.
 */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { parseArgs } from "node:util";
import { buildArgv } from "../zoo/build.ts";
import { pathPrograms } from "../zoo/paths/paths.ts";
import { programs } from "../zoo/programs.ts";
import { ATTACHMENTS, CAPABILITIES } from "./capabilities.ts";
import { chooseLines, type Line, readLines } from "./kernels.ts";
import { type Result, readResult } from "./result.ts";
import { renderTable } from "./table.ts";

const repo = join(import.meta.dirname, "../..");
/** About seven minutes where the host has time for the guest; what takes longer than this hangs, and leaves CI time for the others. */
const GUEST_TIMEOUT_S = 900;

/** Without a libc, of which this machine has only its own. */
const FLAGS_32 =
  "-m32 -O1 -Wall -Wextra -Werror -static -nostdlib -ffreestanding -fno-stack-protector -fno-pie -no-pie".split(" ");

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    ci: { type: "boolean" },
    record: { type: "boolean" },
    systemd: { type: "boolean" },
    only: { type: "string", multiple: true },
    jobs: { type: "string", default: "1" },
    timeout: { type: "string", default: String(GUEST_TIMEOUT_S) },
  },
});
const candidates = readLines().filter(({ ci }) => ci.length > 0 || !options.ci);
const lines = chooseLines(candidates, positionals);
const scratch = mkdtempSync(join(tmpdir(), "sockleak-kernels-"));
const built = join(scratch, "tests");
const running = new Set<ChildProcess>();
process.once("exit", () => {
  for (const guest of running) guest.kill("SIGTERM"); // it takes its QEMU with it
  rmSync(scratch, { recursive: true, force: true });
});
for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => process.exit(1));

/** Programs of several code paths that run in guests. */
const GUEST_PATHS = ["c", "c-no-frames"];

/** The product as it ships, in the checkout, which the guest sees; the tests, which it finds beside the results. */
async function build(): Promise<void> {
  must("npm", "run", "--silent", "build");
  must("npx", "tsc", "-p", "test/kernels/tsconfig.json", "--outDir", built);
  // What the compiler leaves behind, at its place in the guest.
  for (const path of ["probes", "node_modules", "package.json", "test/zoo/c", "test/zoo/python"])
    symlinkSync(join("/repo", path), join(built, path));
  const zoo = join(built, "zoo/c");
  mkdirSync(zoo, { recursive: true });
  for (const program of programs.filter(({ language }) => language === "c")) must(...(buildArgv(program, zoo) ?? []));
  for (const program of pathPrograms)
    if (GUEST_PATHS.includes(program.name)) await program.build(join(built, "zoo/paths"));
  cpSync("test/zoo/paths/paths.py", join(built, "zoo/paths/paths.py"));
  const odd = "test/kernels/guest-tests/odd";
  must("gcc", ...FLAGS_32, join(odd, "leak32.c"), "-o", join(built, odd, "leak32"));
}

function must(...[command = "", ...args]: readonly string[]): void {
  const { status } = spawnSync(command, args, { cwd: repo, stdio: "inherit" });
  if (status !== 0) throw new Error(`${command} ${args.join(" ")} failed`);
}

async function runLine(line: Line): Promise<Result> {
  const started = performance.now();
  const results = join(scratch, line.name.replace("/", "-"));
  cpSync(built, join(results, "tests"), { recursive: true, verbatimSymlinks: true });
  const asked = (options.ci ? line.ci : ATTACHMENTS).join(",");
  const systemd = options.systemd ? ["--systemd"] : [];
  const guest = [...systemd, "--timeout", options.timeout, "--results", results, line.name];
  const command = ["env", `SOCKLEAK_ATTACHMENTS=${asked}`, "test/kernels/in-guest", ...(options.only ?? [])];
  const code = await runGuest(line.name, [...guest, "--", ...command]);
  if (options.record) keepRecordings(line, join(results, "recordings"));
  return readResult(line, results, { code, ms: performance.now() - started });
}

/** Its exit code. What it prints is passed on, each line with its name before it. */
async function runGuest(name: string, args: readonly string[]): Promise<number | null> {
  const guest = spawn(join(repo, "test/kernels/guest"), args, { stdio: ["ignore", "pipe", "pipe"] });
  running.add(guest);
  for (const [from, to] of [
    [guest.stdout, process.stdout],
    [guest.stderr, process.stderr],
  ] as const)
    createInterface({ input: from }).on("line", (line) => to.write(`${name} ${line}\n`));
  const [code] = await once(guest, "close");
  running.delete(guest);
  return code as number | null;
}

function keepRecordings({ name }: Line, folder: string): void {
  const kept = join(repo, "fixtures/bpftrace/kernels");
  mkdirSync(kept, { recursive: true });
  for (const file of existsSync(folder) ? readdirSync(folder) : [])
    cpSync(join(folder, file), join(kept, `${name.replace("/", "-")}-${file}`));
}

function say(text: string): void {
  process.stdout.write(`sockleak: ${text}\n`);
}

const started = performance.now();
await build();
const done: Result[] = [];
const left = [...lines];

async function work(): Promise<void> {
  for (let line = left.shift(); line !== undefined; line = left.shift()) {
    say(`${line.name}: guest ${lines.length - left.length} of ${lines.length} starts`);
    const result = await runLine(line);
    done.push(result);
    const verdict = result.problems.length === 0 ? "passed" : `FAILED\n  ${result.problems.join("\n  ")}`;
    say(`${line.name}: ${Math.round(result.ms / 1000)} s, ${verdict}`);
  }
}

await Promise.all(Array.from({ length: Number(options.jobs) }, work));
done.sort((a, b) => lines.indexOf(a.line) - lines.indexOf(b.line));
const exercised = new Set(done.flatMap(({ found }) => found ?? []));
const isWhole = done.length === readLines().length && options.only === undefined && !options.systemd;
const idle = !isWhole ? [] : CAPABILITIES.filter((capability) => !exercised.has(capability));
process.stdout.write(`\n${renderTable(done, new Date().toISOString().slice(0, 10))}\n`);
if (idle.length > 0) say(`FAILED: no line of KERNELS exercises ${idle.join(", ")}`);
const failed = done.filter(({ problems }) => problems.length > 0);
const minutes = ((performance.now() - started) / 60_000).toFixed(1);
say(
  `${done.length - failed.length} of ${done.length} lines passed in ${minutes} min${failed.map(({ line }) => `, ${line.name} failed`).join("")}`,
);
process.exitCode = failed.length + idle.length > 0 ? 1 : 0;
