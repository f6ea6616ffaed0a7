/**
 * `npm run test:kernels [-- LINE…]`: boots each line of KERNELS, or those named, in a guest and runs guest-tests/ there.
 *
 *   a kernel more   a line in KERNELS
 *   a test more     a file guest-tests/NAME.test.ts; a test that is about one attachment begins its name with "fentry: "
 *                   and is skipped where child.ts's `without` says so
 *
 * A line fails by a test that failed, by a guest that ended or hung without results, and by a capability that it should
 * have and has not, or has and should not. The run of all lines fails by a capability that no line has. Exit 1: something failed.
 */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buildArgv } from "../zoo/build.ts";
import { programs } from "../zoo/programs.ts";
import { CAPABILITIES } from "./capabilities.ts";
import { chooseLines, type Line, readLines } from "./kernels.ts";
import { type Result, readResult } from "./result.ts";
import { renderTable } from "./table.ts";

const repo = join(import.meta.dirname, "../..");
/** About five minutes where the host has time for the guest; hung is what takes four times that. */
const GUEST_TIMEOUT_S = 1200;

const lines = chooseLines(readLines(), process.argv.slice(2));
const scratch = mkdtempSync(join(tmpdir(), "sockleak-kernels-"));
const built = join(scratch, "tests");
let running: ChildProcess | undefined;
process.once("exit", () => {
  running?.kill("SIGTERM"); // it takes its QEMU with it
  rmSync(scratch, { recursive: true, force: true });
});
for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => process.exit(1));

/** The product as it ships, in the checkout, which the guest sees; the tests, which it finds beside the results. */
function build(): void {
  must("npm", "run", "--silent", "build");
  must("npx", "tsc", "-p", "test/kernels/tsconfig.json", "--outDir", built);
  // What the compiler leaves behind, at its place in the guest.
  for (const path of ["probes", "node_modules", "package.json", "test/zoo/c", "test/zoo/python"])
    symlinkSync(join("/repo", path), join(built, path));
  const zoo = join(built, "zoo/c");
  mkdirSync(zoo, { recursive: true });
  for (const program of programs.filter(({ language }) => language === "c")) must(...(buildArgv(program, zoo) ?? []));
}

function must(...[command = "", ...args]: readonly string[]): void {
  const { status } = spawnSync(command, args, { cwd: repo, stdio: "inherit" });
  if (status !== 0) throw new Error(`${command} ${args.join(" ")} failed`);
}

async function runLine(line: Line): Promise<Result> {
  const started = performance.now();
  const results = join(scratch, line.name.replace("/", "-"));
  cpSync(built, join(results, "tests"), { recursive: true, verbatimSymlinks: true });
  const guest = [
    join(repo, "test/kernels/guest"),
    "--timeout",
    String(GUEST_TIMEOUT_S),
    "--results",
    results,
    line.name,
  ];
  running = spawn(guest[0] ?? "", [...guest.slice(1), "--", "test/kernels/in-guest"], { stdio: "inherit" });
  const [code] = await once(running, "close");
  return readResult(line, results, { code: code as number | null, ms: performance.now() - started });
}

function say(text: string): void {
  process.stdout.write(`sockleak: ${text}\n`);
}

build();
const done: Result[] = [];
for (const line of lines) {
  say(`${line.name}: guest ${done.length + 1} of ${lines.length} starts`);
  const result = await runLine(line);
  done.push(result);
  const verdict = result.problems.length === 0 ? "passed" : `FAILED\n  ${result.problems.join("\n  ")}`;
  say(`${line.name}: ${Math.round(result.ms / 1000)} s, ${verdict}`);
}

const exercised = new Set(done.flatMap(({ found }) => found ?? []));
const idle = done.length < readLines().length ? [] : CAPABILITIES.filter((capability) => !exercised.has(capability));
process.stdout.write(`\n${renderTable(done)}\n`);
if (idle.length > 0) say(`FAILED: no line of KERNELS exercises ${idle.join(", ")}`);
const failed = done.filter(({ problems }) => problems.length > 0);
say(
  `${done.length - failed.length} of ${done.length} lines passed${failed.map(({ line }) => `, ${line.name} failed`).join("")}`,
);
process.exitCode = failed.length + idle.length > 0 ? 1 : 0;
