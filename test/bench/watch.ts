/** A contestant under way: attached, read by a counter that costs next to nothing, and what it used and lost in the end. */

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { Child, output } from "./child.ts";
import type { Contestant } from "./contestants.ts";
import type { Place } from "./place.ts";
import { type Usage, usageOf } from "./usage.ts";

const ATTACH_TIMEOUT_MS = 60_000;
const LOOK_EVERY_MS = 20;
/** After attaching, compilers are freed and the first census is over. */
const SETTLE_MS = 1_500;

/** What one process of it used in a stretch of time. */
export type Part = Usage & { readonly share: number };
export type Tally = {
  readonly attachMs: number;
  readonly lines: number;
  /** Null: some of it without a number. */
  readonly lost: number | null;
};

export class Watched {
  readonly #of: Contestant;
  readonly #child: ChildProcess;
  readonly #closed: Promise<unknown>;
  readonly #counter: Child;
  readonly #errors: string;
  readonly attachMs: number;

  /** Resolves when it is attached and settled; or to why it is not. */
  static async start(of: Contestant, place: Place): Promise<Watched | string> {
    const argv = await of.argv();
    if (typeof argv === "string") return argv;
    const startMs = performance.now();
    const fifo = join(place.folder, "fifo");
    await output(["sh", "-c", `[ -p "$0" ] || mkfifo "$0"`, fifo]);
    const counter = new Child(["sh", "-c", `exec "$@" <"$0"`, fifo, place.program("count"), ...of.looksAt]);
    const errors = join(place.folder, "stderr");
    const [out, err] = [openSync(fifo, "w"), openSync(errors, "w")];
    const child = spawn("setpriv", ["--pdeathsig", "KILL", "--", ...argv], { stdio: ["ignore", out, err] });
    closeSync(out);
    closeSync(err);
    const parts = { of, child, counter, errors };
    const isAttached = await attached(parts);
    const watched = new Watched(parts, performance.now() - startMs);
    if (isAttached) await new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
    if (isAttached && child.exitCode === null) return watched;
    await watched.stop();
    return `does not run here: ${readFileSync(errors, "utf8").trim().split("\n").at(-1)?.slice(0, 90) ?? "it said nothing"}`;
  }

  private constructor({ of, child, counter, errors }: Parts, attachMs: number) {
    this.#of = of;
    this.#child = child;
    this.#closed = child.exitCode === null && child.signalCode === null ? once(child, "close") : Promise.resolve();
    this.#counter = counter;
    this.#errors = errors;
    this.attachMs = attachMs;
  }

  /** What each of its processes uses while `load` runs. */
  async during<T>(load: () => Promise<T>): Promise<{ readonly value: T; readonly parts: readonly Part[] }> {
    const before = new Map(usageOf(this.#child.pid as number).map(({ pid, cpuMs }) => [pid, cpuMs]));
    const startMs = performance.now();
    const value = await load();
    const ms = performance.now() - startMs;
    const parts = usageOf(this.#child.pid as number).map((usage) => {
      const cpuMs = usage.cpuMs - (before.get(usage.pid) ?? 0);
      return { ...usage, cpuMs, share: cpuMs / ms };
    });
    return { value, parts };
  }

  async stop(): Promise<Tally> {
    this.#child.kill("SIGINT");
    const timer = setTimeout(() => this.#child.kill("SIGKILL"), 10_000);
    await this.#closed;
    clearTimeout(timer);
    await this.#counter.closed;
    const said = [...this.#counter.lines, ...readFileSync(this.#errors, "utf8").split("\n")];
    const lost = said.reduce((sum, line) => sum + this.#of.lost(line), 0);
    const { lines } = JSON.parse(this.#counter.lines.at(-1) ?? "{}") as { lines: number };
    return { attachMs: this.attachMs, lines, lost: Number.isNaN(lost) ? null : lost };
  }
}

type Parts = {
  readonly of: Contestant;
  readonly child: ChildProcess;
  readonly counter: Child;
  readonly errors: string;
};

async function attached({ of, child, counter }: Parts): Promise<boolean> {
  if (of.attached !== undefined) {
    const ended = once(child, "close").then(() => undefined);
    return (await Promise.race([counter.until(of.attached, ATTACH_TIMEOUT_MS), ended])) !== undefined;
  }
  for (let waitedMs = 0; waitedMs < ATTACH_TIMEOUT_MS; waitedMs += LOOK_EVERY_MS) {
    if (child.exitCode !== null || child.signalCode !== null) return false;
    if (hasBuffer(child.pid as number)) return true;
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
  }
  return false;
}

/** A perf or ring buffer of the kernel's is mapped, which programs do last. */
function hasBuffer(pid: number): boolean {
  try {
    return /anon_inode:(\[perf_event\]|bpf-map)/.test(readFileSync(`/proc/${pid}/maps`, "utf8"));
  } catch {
    return false;
  }
}
