/** Builds the programs of this folder, starts them, waits for their first line, and ends them. */
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { promisify } from "node:util";

export const run = promisify(execFile);
const sources = join(import.meta.dirname, "programs");

/** A folder that goes with the test process. */
export const folder = mkdtempSync(join(tmpdir(), "sockleak-symbols-"));
process.once("exit", () => rmSync(folder, { recursive: true, force: true }));

const COMPILERS: Readonly<Record<string, readonly string[]>> = {
  c: ["gcc", "-std=gnu11", "-pthread", "-Wall", "-Wextra", "-Werror"],
  cpp: ["g++", "-std=c++17", "-Wall", "-Wextra", "-Werror"],
  rs: ["rustc", "--edition=2021"],
};

const built = new Map<string, Promise<string>>();

/** The program's path. `name`: of the source; each set of flags is built once. */
export function build(name: string, flags: readonly string[]): Promise<string> {
  const key = [name, ...flags].join(" ");
  const known = built.get(key);
  if (known !== undefined) return known;
  const path = built.size;
  const made = compile(name, flags, join(folder, `build-${path}`));
  built.set(key, made);
  return made;
}

async function compile(name: string, flags: readonly string[], into: string): Promise<string> {
  mkdirSync(into);
  const [stem = "", extension = ""] = name.split(".");
  const [compiler = "", ...always] = COMPILERS[extension] ?? [];
  await run(compiler, [...always, ...flags, "-o", join(into, stem), join(sources, name)]);
  return join(into, stem);
}

export type Running = {
  /** What it printed first: as it counts itself. */
  readonly line: string;
  readonly pid: number;
  /** Writes to it and waits for the next line. */
  readonly ask: (text: string) => Promise<string>;
  /** Ends its input, waits until it has ended itself. */
  readonly finish: () => Promise<void>;
  readonly stop: () => Promise<void>;
};

/** Starts a program that says nothing and waits for input. */
export function startSilent(argv: readonly string[]): Pick<Running, "pid" | "stop"> {
  const child = spawn(argv[0] ?? "", argv.slice(1), { stdio: ["pipe", "ignore", "ignore"] });
  return { pid: child.pid ?? 0, stop: () => end(child) };
}

/** Starts a program and waits for its first line. */
export async function start(argv: readonly string[]): Promise<Running> {
  const child = spawn(argv[0] ?? "", argv.slice(1), { stdio: ["pipe", "pipe", "inherit"] });
  const stop = () => end(child);
  const lines = createInterface({ input: child.stdout });
  const line = await Promise.race([
    once(lines, "line").then(([text]) => String(text)),
    once(child, "exit").then(([code, signal]) => Promise.reject(new Error(`${argv.join(" ")}: ${signal ?? code}`))),
  ]);
  const ask = async (text: string) => {
    const next = once(lines, "line");
    child.stdin.write(text);
    return String((await next)[0]);
  };
  const finish = async () => {
    const exit = once(child, "exit");
    child.stdin.end();
    await exit;
  };
  return { line, pid: child.pid ?? 0, ask, finish, stop };
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill("SIGKILL");
  await once(child, "exit");
}
