import { type ChildProcess, spawn } from "node:child_process";
import type { Readable } from "node:stream";
import type { RunOptions, RunResult } from "./port.ts";

const DEFAULT_TIMEOUT_MS = 10_000;
const DEFAULT_MAX_BYTES = 8 * 1024 * 1024;

/** Runs a short program to its end, without a shell, within limits of time and size. Never rejects. */
export function run(argv: readonly string[], options: RunOptions = {}): Promise<RunResult> {
  const [program, ...rest] = argv;
  if (program === undefined) return Promise.resolve(notRun("no program"));
  const timeoutMs = options.timeoutMs ?? DEFAULT_TIMEOUT_MS;
  const maxBytes = options.maxBytes ?? DEFAULT_MAX_BYTES;
  return new Promise((resolve) => {
    // In English: what programs say is read by us. In a session of their own: a terminal's ^C is not for them.
    const child = spawn(program, rest, {
      stdio: ["ignore", "pipe", "pipe"],
      env: { ...process.env, LC_ALL: "C" },
      detached: true,
    });
    let failure: string | null = null;
    const stop = (why: string) => {
      failure ??= why;
      child.kill("SIGKILL");
    };
    const timer = setTimeout(() => stop(`timed out after ${timeoutMs} ms`), timeoutMs);
    const { onStdout } = options;
    const stdout =
      onStdout === undefined
        ? collect(child.stdout, maxBytes, stop)
        : handOver(child.stdout, { maxBytes, stop, take: onStdout });
    const stderr = collect(child.stderr, maxBytes, stop);
    whenOver(child, (code, signal, error) => {
      clearTimeout(timer);
      resolve({ code, signal, stdout: stdout(), stderr: stderr(), failure: failure ?? error });
    });
  });
}

function notRun(failure: string): RunResult {
  return { code: null, signal: null, stdout: "", stderr: "", failure };
}

/** A killed program's children may hold its pipes open: then its exit counts, not the end of the pipes. */
const PIPE_GRACE_MS = 200;

type Over = (code: number | null, signal: string | null, error: string | null) => void;

function whenOver(child: ChildProcess, over: Over): void {
  child.once("error", (error: NodeJS.ErrnoException) =>
    over(null, null, error.code === "ENOENT" ? "not found" : (error.code ?? error.message)),
  );
  child.once("close", (code, signal) => over(code, signal, null));
  child.once("exit", (code, signal) => {
    if (signal === null) return;
    setTimeout(() => {
      child.stdout?.destroy();
      child.stderr?.destroy();
      over(code, signal, null);
    }, PIPE_GRACE_MS).unref();
  });
}

function collect(stream: Readable, maxBytes: number, stop: (why: string) => void): () => string {
  const chunks: Buffer[] = [];
  let bytes = 0;
  stream.on("data", (chunk: Buffer) => {
    const room = maxBytes - bytes;
    bytes += chunk.length;
    if (room > 0) chunks.push(chunk.subarray(0, room));
    if (bytes > maxBytes) stop(`more than ${maxBytes} bytes of output`);
  });
  return () => Buffer.concat(chunks).toString("utf8");
}

type HandOver = {
  readonly maxBytes: number;
  readonly stop: (why: string) => void;
  readonly take: (piece: string) => void;
};

/** A pause after each piece: libuv would read on as long as there is something, and nobody else would get a turn. */
function handOver(stream: Readable, { maxBytes, stop, take }: HandOver): () => string {
  let length = 0;
  stream.setEncoding("utf8");
  stream.on("data", (piece: string) => {
    length += piece.length;
    if (length > maxBytes) return stop(`more than ${maxBytes} bytes of output`);
    take(piece);
    stream.pause();
    setImmediate(() => stream.resume());
  });
  return () => "";
}
