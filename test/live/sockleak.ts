/** The built sockleak as a process, for live tests: started, listened to, and always ended. */
import { type ChildProcess, type StdioOptions, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createInterface, type Interface } from "node:readline";
import { after } from "node:test";
import { fileURLToPath } from "node:url";
import type { Event } from "../../src/model/event.ts";

export const CLI = fileURLToPath(new URL("../../dist/cli.js", import.meta.url));
const TSX = fileURLToPath(import.meta.resolve("tsx"));
/**
 * Longer than anything here takes on a loaded machine; a test that waits this long has failed. (A look may be put off for two minutes
 * and a half by those that were asked for before: source/rounds.ts.)
 */
const DEADLINE_MS = 200_000;

export type Output = { readonly code: number | null; readonly stdout: string; readonly stderr: string };

/** Whatever a test that fails leaves behind ends with it: a process that lives would keep the runner waiting. */
const started = new Set<ChildProcess>();
after(() => {
  for (const child of started) child.kill("SIGKILL");
});

function start(command: string, args: readonly string[], stdio: StdioOptions): ChildProcess {
  const child = spawn(command, args, { stdio });
  started.add(child);
  child.once("close", () => started.delete(child));
  return child;
}

/** Runs a sockleak command to its end. */
export async function sockleak(...args: readonly string[]): Promise<Output> {
  return output(start(process.execPath, [CLI, ...args], ["ignore", "pipe", "pipe"]));
}

/** Starts one that writes to standard error when it is under way: its output at the end, and that moment. */
export function startSockleak(...args: readonly string[]): readonly [Promise<Output>, Promise<unknown>] {
  const child = start(process.execPath, [CLI, ...args], ["ignore", "pipe", "pipe"]);
  return [output(child), once(child.stderr as NodeJS.ReadableStream, "data")];
}

/** The lines of one that goes on until nobody reads them. */
export async function* watchSockleak(...args: readonly string[]): AsyncGenerator<string> {
  const child = start(process.execPath, [CLI, ...args], ["ignore", "pipe", "inherit"]);
  const deadline = setTimeout(() => child.kill("SIGKILL"), DEADLINE_MS);
  const closed = once(child, "close");
  try {
    for await (const line of createInterface({ input: child.stdout as NodeJS.ReadableStream })) yield line;
  } finally {
    clearTimeout(deadline);
    child.kill("SIGTERM");
    await closed;
  }
}

export async function output(child: ChildProcess): Promise<Output> {
  let stdout = "";
  let stderr = "";
  child.stdout?.on("data", (chunk) => {
    stdout += chunk;
  });
  child.stderr?.on("data", (chunk) => {
    stderr += chunk;
  });
  const [code] = await once(child, "close");
  return { code: code as number | null, stdout, stderr };
}

/** `sockleak trace --json`, attached: its events so far, and ways to wait for more. */
export class Trace {
  readonly events: Event[] = [];
  readonly child: ChildProcess;
  readonly closed: Promise<unknown>;
  #changed = () => {};

  private constructor(args: readonly string[]) {
    this.child = start(process.execPath, [CLI, "trace", "--json", ...args], ["ignore", "pipe", "inherit"]);
    this.closed = once(this.child, "close");
    createInterface({ input: this.child.stdout as NodeJS.ReadableStream }).on("line", (line) => {
      this.events.push(JSON.parse(line) as Event);
      this.#changed();
    });
  }

  static async start(...args: readonly string[]): Promise<Trace> {
    const trace = new Trace(args);
    await trace.until((event) => event.type === "recording" && event.attachment !== "census");
    return trace;
  }

  get pid(): number {
    return this.child.pid as number;
  }

  /** The bpftrace that it runs. */
  get bpftrace(): number {
    const pid = childrenOf(this.pid).find((child) => readFileSync(`/proc/${child}/comm`, "utf8") === "bpftrace\n");
    if (pid === undefined) throw new Error("sockleak runs no bpftrace");
    return pid;
  }

  /** The first event that fits, of those that came and those to come. */
  async until(fits: (event: Event) => boolean, what = fits.toString()): Promise<Event> {
    const deadline = setTimeout(() => this.child.kill("SIGKILL"), DEADLINE_MS);
    try {
      for (let next = 0; ; ) {
        for (; next < this.events.length; next++)
          if (fits(this.events[next] as Event)) return this.events[next] as Event;
        if (this.child.exitCode !== null || this.child.signalCode !== null) throw new Error(`never came: ${what}`);
        await Promise.race([new Promise<void>((resolve) => (this.#changed = resolve)), this.closed]);
      }
    } finally {
      clearTimeout(deadline);
    }
  }

  async stop(): Promise<readonly Event[]> {
    this.child.kill("SIGTERM");
    await this.closed;
    return this.events;
  }
}

export function childrenOf(pid: number): number[] {
  return readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").split(" ").filter(Boolean).map(Number);
}

/** Resolves when the process is gone (or a zombie nobody has to fear). */
export async function gone(pid: number): Promise<void> {
  const start = performance.now();
  while (performance.now() - start < DEADLINE_MS) {
    if (!isRunning(pid)) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error(`process ${pid} is still there`);
}

function isRunning(pid: number): boolean {
  try {
    return !/^\d+ \(.*\) [ZX] /s.test(readFileSync(`/proc/${pid}/stat`, "latin1"));
  } catch {
    return false;
  }
}

/** A program that answers in JSON lines and ends with its standard input; `ready` is its first line, parsed. */
export class Running<T> {
  readonly child: ChildProcess;
  readonly ready: Promise<T>;
  readonly #lines: Interface;

  constructor(argv: readonly string[]) {
    const [command = "", ...rest] = argv;
    this.child = start(command, rest, ["pipe", "pipe", "inherit"]);
    this.#lines = createInterface({ input: this.child.stdout as NodeJS.ReadableStream });
    this.ready = Promise.race([
      once(this.#lines, "line").then(([line]) => JSON.parse(line as string) as T),
      once(this.child, "close").then(() => Promise.reject(new Error(`${argv.join(" ")} ended before it was ready`))),
    ]);
  }

  /** Writes a line to its standard input; its answer is the next line, parsed. */
  async ask<A>(line: string): Promise<A> {
    const answer = once(this.#lines, "line");
    this.child.stdin?.write(`${line}\n`);
    const [text] = await answer;
    return JSON.parse(text as string) as A;
  }

  /** Ends its standard input, upon which it ends. */
  async stop(): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const closed = once(this.child, "close");
    this.child.stdin?.end();
    await closed;
  }
}

/** One beside this file, started through tsx. */
export class Program<T> extends Running<T> {
  constructor(file: string, ...args: readonly (string | number)[]) {
    const path = fileURLToPath(new URL(file, import.meta.url));
    const argv = path.endsWith(".py") ? ["python3", path] : [process.execPath, "--import", TSX, path];
    super([...argv, ...args.map(String)]);
  }
}
