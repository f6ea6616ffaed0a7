/** The process's standard streams and signals as an Io. */
import { writeSync } from "node:fs";
import { isatty } from "node:tty";
import type { Io } from "./io.ts";

/** `unwritten` is told why standard output could not be written, but for a reader that is gone. */
export function ownStreams(unwritten: (error: Error) => void): Io {
  ignoreUserSignals();
  const { columns, rows, isTTY } = process.stdout;
  const stopped = new Promise<void>((resolve) => {
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => resolve());
    // Whoever read our output is gone (sockleak trace | head): that is the end, and no error.
    process.stdout.on("error", (error: NodeJS.ErrnoException) => {
      const isGone = error.code === "EPIPE" || error.code === "ECONNRESET" || (error.code === "EIO" && isTTY);
      if (!isGone) unwritten(error);
      resolve();
    });
  });
  process.stderr.on("error", () => {});
  const { LC_ALL, LC_CTYPE, LANG } = process.env;
  const shows = { colour: isTTY && process.stdout.hasColors(), utf8: /utf-?8/i.test(LC_ALL || LC_CTYPE || LANG || "") };
  return {
    out: (text) => void (process.stdout.writable && process.stdout.write(text)),
    backlogBytes: () => process.stdout.writableLength,
    err: (text) => void process.stderr.write(text),
    stdout: process.stdout,
    get stdin() {
      return process.stdin;
    },
    terminalInput: isatty(0),
    errTerminal: process.stderr.isTTY,
    terminal: isTTY ? { columns: columns || 80, rows: rows || 24, ...shows } : null,
    stopped,
  };
}

/** On SIGUSR1 Node opens its debugger, to everybody on this host, and SIGUSR2 would end us. Who waits for one listens besides. */
function ignoreUserSignals(): void {
  for (const signal of ["SIGUSR1", "SIGUSR2"] as const) process.on(signal, () => {});
}

/**
 * Of a command that shares its streams with another program: Node makes a pipe non-blocking as soon as it looks at its own
 * process.stdout, for everyone who has it, and that program would be told EAGAIN.
 */
export function sharedStreams(): Io {
  ignoreUserSignals();
  return {
    out: (text) => writeWhole(1, text),
    backlogBytes: () => 0,
    err: (text) => writeWhole(2, text),
    get stdout(): never {
      throw new Error("standard output is the command's");
    },
    get stdin(): never {
      throw new Error("standard input is the command's");
    },
    terminalInput: isatty(0),
    errTerminal: isatty(2),
    terminal: null,
    stopped: new Promise(() => {}),
  };
}

/** A stream that somebody else has made non-blocking, and that is full, is tried again; one that nobody reads is let be. */
function writeWhole(fd: number, text: string): void {
  for (let rest = Buffer.from(text); rest.length > 0; ) {
    try {
      rest = rest.subarray(writeSync(fd, rest));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EAGAIN") return;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 10);
    }
  }
}
