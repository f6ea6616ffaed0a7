/** Programs that the bench starts. None outlives it, however it ends: the kernel kills them with their parent. */
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { promisify } from "node:util";

/** Runs to its end; rejects when it fails, with what it said. Output up to `maxBuffer`. */
export async function output(argv: readonly string[], { timeoutMs = 120_000 } = {}): Promise<string> {
  const [command, rest] = tied(argv);
  const { stdout } = await promisify(execFile)(command, rest, {
    timeout: timeoutMs,
    killSignal: "SIGKILL",
    maxBuffer: 2 ** 26,
  });
  return stdout;
}

/** One that goes on: its lines as they come, and its end. */
export class Child {
  readonly process: ChildProcess;
  readonly lines: string[] = [];
  readonly closed: Promise<unknown>;
  #changed = () => {};

  constructor(argv: readonly string[], stderr: "inherit" | "ignore" | number = "inherit") {
    const [command, rest] = tied(argv);
    this.process = spawn(command, rest, { stdio: ["pipe", "pipe", stderr] });
    this.closed = once(this.process, "close");
    createInterface({ input: this.process.stdout as NodeJS.ReadableStream }).on("line", (line) => {
      this.lines.push(line);
      this.#changed();
    });
  }

  get pid(): number {
    return this.process.pid as number;
  }

  get isOver(): boolean {
    return this.process.exitCode !== null || this.process.signalCode !== null;
  }

  /** The first line that fits, of those that came and those to come; undefined when it ended or took longer. */
  async until(fits: (line: string) => boolean, timeoutMs: number): Promise<string | undefined> {
    const deadline = performance.now() + timeoutMs;
    for (let next = 0; ; ) {
      for (; next < this.lines.length; next++) if (fits(this.lines[next] ?? "")) return this.lines[next];
      const leftMs = deadline - performance.now();
      if (leftMs <= 0 || this.isOver) return undefined;
      const timer = new Promise((resolve) => setTimeout(resolve, leftMs).unref());
      await Promise.race([new Promise<void>((resolve) => (this.#changed = resolve)), this.closed, timer]);
    }
  }

  /** Ends its standard input; or asks it by a signal, and insists. */
  async end(signal?: "SIGTERM" | "SIGINT"): Promise<void> {
    this.process.stdin?.end();
    if (signal !== undefined) this.process.kill(signal);
    const timer = setTimeout(() => this.process.kill("SIGKILL"), 10_000);
    await this.closed;
    clearTimeout(timer);
  }
}

function tied(argv: readonly string[]): [string, string[]] {
  return ["setpriv", ["--pdeathsig", "KILL", "--", ...argv]];
}
