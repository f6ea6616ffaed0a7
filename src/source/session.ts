/**
 * One bpftrace on one script, from its start to its end: attached at the first heartbeat, killed when it hangs.
 * Lines before the first heartbeat are of some probes only, and dropped: the census taken then (seeded.ts) knows better.
 */
import { decodeMessage } from "../wire/message.ts";
import { type Exit, type Run, runBpftrace, type Script } from "./bpftrace.ts";
import { recursionMisses } from "./recursion.ts";

/** Compiling takes 1 to 3 s, in an emulated guest on a busy machine 90 s; a bpftrace that says nothing for this long hangs. */
const ATTACH_TIMEOUT_MS = 120_000;
/** Pulses come five times a second, the heartbeat each second; a bpftrace silent for this long hangs. */
const HANG_MS = 5_000;
const GRACE_MS = 1_000;
const MISSES_EVERY_BEATS = 5;

export type SessionOptions = {
  readonly script: Script;
  /** Called at the first heartbeat, before the first line. */
  readonly attached: () => void;
  readonly line: (line: unknown) => void;
  readonly refused: (count: number) => void;
  /** After the lines of each chunk. */
  readonly chunk: () => void;
  /** Every few seconds: the kernel skipped this many more probe runs. */
  readonly missed: (count: number) => void;
};

export class Session {
  /** True at the first heartbeat, false when bpftrace ended before it. */
  readonly attached: Promise<boolean>;
  /** How it ended; never rejects. */
  readonly exit: Promise<Exit & { readonly hung: boolean; readonly ranMs: number }>;
  readonly #options: SessionOptions;
  readonly #run: Run;
  #attached = false;
  #beaten = () => {};
  #watchdog: NodeJS.Timeout;
  #hung = false;
  #beats = 0;
  #misses = 0;

  constructor(options: SessionOptions) {
    const startMs = performance.now();
    this.#options = options;
    this.#watchdog = this.#hangAfter(ATTACH_TIMEOUT_MS);
    const beaten = new Promise<boolean>((resolve) => {
      this.#beaten = () => resolve(true);
    });
    this.#run = runBpftrace({
      script: options.script,
      value: (line) => this.#line(line),
      refused: options.refused,
      chunk: () => this.#chunk(),
    });
    this.exit = this.#run.exit.then((exit) => {
      clearTimeout(this.#watchdog);
      return { ...exit, hung: this.#hung, ranMs: performance.now() - startMs };
    });
    this.attached = Promise.race([beaten, this.exit.then(() => false)]);
  }

  get pid(): number | undefined {
    return this.#run.pid;
  }

  async stop(graceMs?: number): Promise<void> {
    // The counters go with the process: the last look is now.
    if (this.#attached) await this.#countMisses();
    await this.#run.stop(graceMs);
  }

  #line(line: unknown): void {
    if (isBeat(line)) this.#beat();
    if (this.#attached) this.#options.line(line);
  }

  #chunk(): void {
    if (!this.#attached) return;
    // Under load the heartbeat waits its turn in the buffers: any line is a sign of life.
    clearTimeout(this.#watchdog);
    this.#watchdog = this.#hangAfter(HANG_MS);
    this.#options.chunk();
  }

  #beat(): void {
    if (!this.#attached) {
      this.#attached = true;
      this.#options.attached();
      this.#beaten();
    }
    if (++this.#beats % MISSES_EVERY_BEATS === 0) void this.#countMisses();
  }

  async #countMisses(): Promise<void> {
    if (this.#run.pid === undefined) return;
    const misses = await recursionMisses(this.#run.pid);
    this.#options.missed(Math.max(0, misses - this.#misses));
    this.#misses = Math.max(misses, this.#misses);
  }

  #hangAfter(ms: number): NodeJS.Timeout {
    return setTimeout(() => {
      // It may be us who were not given the CPU: what it has printed meanwhile is read before the next timer.
      this.#watchdog = setTimeout(() => this.#kill(), GRACE_MS);
    }, ms);
  }

  #kill(): void {
    this.#hung = true;
    this.#run.kill();
  }
}

function isBeat(line: unknown): boolean {
  const data = (line as { data?: unknown } | null)?.data;
  if (!Array.isArray(data) || data[0] !== "beat") return false;
  const message = decodeMessage(line);
  return message.kind === "raw" && message.raw.tag === "beat";
}
