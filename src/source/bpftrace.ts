/**
 * One run of bpftrace. The only importer of execa.
 *
 * bpftrace must never outlive sockleak. `setpriv --pdeathsig KILL` ends it when the thread that spawned it ends (so this
 * is called from the main thread only), even when sockleak is killed by SIGKILL; should sockleak die before setpriv has
 * run, the heartbeat meets a broken pipe. KILL, because bpftrace may ignore TERM for minutes (facts: hostile perf maps).
 */
import { cpus } from "node:os";
import type { Readable } from "node:stream";
import { finished } from "node:stream/promises";
import { setTimeout as delay } from "node:timers/promises";
import { execa } from "execa";
import { Lines } from "./lines.ts";

/** After SIGTERM, for detaching probes; then SIGKILL. */
const GRACE_MS = 2_000;
/** stderr kept for the reason of a failure: its beginning says why, the rest repeats. */
const STDERR_MAX_CHARS = 16_384;
const PAGE_BYTES = 4096;
/** bpftrace's own default, 256 KB a CPU, which loses at 20,000 lines/s. */
const PAGES_MIN = 64;
/** Short beside a second's refresh, long enough for some hundred lines under load. */
const GATHER_MS = 5;
/** What to run: a script's file, or its text; its room; and the file of the kernel's types, where bpftrace must be told. */
export type Script = ({ readonly file: string } | { readonly text: string }) & {
  readonly btf?: string;
  /** Larger values bpftrace builds in memory that all its programs share (from 0.22 on). */
  readonly onStackBytes: number;
  /** Of each map. */
  readonly mapKeys: number;
  /** Kernel memory for printed lines, over all CPUs. */
  readonly bufferBytes: number;
};

export type RunOptions = {
  readonly script: Script;
  readonly value: (value: unknown) => void;
  readonly refused: (count: number) => void;
  /** After each gathering of lines, when they have been taken. */
  readonly chunk: () => void;
};

export type Exit = { readonly code: number | null; readonly signal: string | null; readonly stderr: string };

export type Run = {
  readonly pid: number | undefined;
  /** Resolves when bpftrace has ended and all it printed has been taken; never rejects. */
  readonly exit: Promise<Exit>;
  /** Ends it: TERM, then KILL after a grace period. */
  readonly stop: (graceMs?: number) => Promise<Exit>;
  /** Ends it now: it hangs. */
  readonly kill: () => void;
};

/** Starts bpftrace on a script. What goes wrong is told by `exit`. */
export function runBpftrace(options: RunOptions): Run {
  const script = "file" in options.script ? [options.script.file] : ["-e", options.script.text];
  const child = execa("setpriv", ["--pdeathsig", "KILL", "--", "bpftrace", "-f", "json", ...script], {
    buffer: false,
    reject: false,
    // Our own signal handling ends it; execa's would raise the signal again and end us before that.
    cleanup: false,
    stdin: "ignore",
    // In a session of its own: a terminal's ^C is for us, who end it when all has been told.
    detached: true,
    stripFinalNewline: false,
    env: environment(options.script),
  });
  const stderr = keepStderr(child.stderr);
  const read = readLines(child.stdout, options);
  const exit = Promise.all([child, read]).then(([result]) => ({
    code: result.exitCode ?? null,
    signal: result.signal ?? null,
    stderr: stderr() || (result.exitCode === undefined ? String(result.originalMessage ?? "") : ""),
  }));
  const stop = async (graceMs = GRACE_MS) => {
    child.kill("SIGTERM");
    const timer = setTimeout(() => child.kill("SIGKILL"), graceMs);
    return exit.finally(() => clearTimeout(timer));
  };
  return { pid: child.pid, exit, stop, kill: () => void child.kill("SIGKILL") };
}

function environment({ btf, mapKeys, bufferBytes, onStackBytes }: Script): Record<string, string> {
  // The kernel wants a power of two.
  const pages = 2 ** Math.floor(Math.log2(bufferBytes / PAGE_BYTES / cpus().length));
  return {
    LC_ALL: "C",
    ...(btf !== undefined && { BPFTRACE_BTF: btf }),
    BPFTRACE_PERF_RB_PAGES: String(Math.max(PAGES_MIN, pages)),
    BPFTRACE_ON_STACK_LIMIT: String(onStackBytes),
    BPFTRACE_MAP_KEYS_MAX: String(mapKeys),
    BPFTRACE_MAX_MAP_KEYS: String(mapKeys),
  };
}

function keepStderr(stream: NodeJS.ReadableStream): () => string {
  let text = "";
  stream.on("data", (chunk: Buffer) => {
    if (text.length < STDERR_MAX_CHARS) text += chunk.toString("utf8").slice(0, STDERR_MAX_CHARS - text.length);
  });
  return () => text;
}

/**
 * bpftrace flushes each line, so data comes in crumbs: they are gathered for GATHER_MS and decoded together. While one
 * gathering is decoded the stream is not read, and bpftrace's buffers in the kernel take the rest, or count what is lost.
 */
async function readLines(stdout: Readable, options: RunOptions): Promise<void> {
  const lines = new Lines(options);
  let gathered: Buffer[] = [];
  let ended = false;
  let wake = () => {};
  stdout.on("data", (bytes: Buffer) => {
    gathered.push(bytes);
    wake();
  });
  // A read error on the pipe means that the process is gone; `exit` tells how.
  void finished(stdout, { writable: false })
    .catch(() => {})
    .then(() => {
      ended = true;
      wake();
    });
  const arrival = () =>
    new Promise<void>((resolve) => {
      wake = resolve;
      if (gathered.length > 0 || ended) resolve();
    });
  while (!ended || gathered.length > 0) {
    await arrival();
    if (!ended) await delay(GATHER_MS);
    const bytes = Buffer.concat(gathered);
    gathered = [];
    stdout.pause();
    await lines.write(bytes);
    stdout.resume();
    options.chunk();
  }
  await lines.end();
}
