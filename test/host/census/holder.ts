/** Starts hold.py and waits for its line; ends it by its standard input. */
import { type ChildProcessByStdio, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import type { Readable, Writable } from "node:stream";
import type { TestContext } from "node:test";

const PROGRAM = new URL("./hold.py", import.meta.url).pathname;

export type Told = { readonly pid: number; readonly [more: string]: unknown };
export type Held<T> = {
  readonly told: T & Told;
  /** Says a line to it, gives its answer. */
  readonly say: (line: string) => Promise<unknown>;
  readonly end: () => Promise<void>;
};

/** `before`: a program that starts it, `["ip", "netns", "exec", …]`. */
export async function hold<T>(
  t: TestContext,
  argv: readonly string[],
  before: readonly string[] = [],
): Promise<Held<T>> {
  const [program = "", ...args] = [...before, "/usr/bin/python3", PROGRAM, ...argv];
  const child = spawn(program, args, { stdio: ["pipe", "pipe", "inherit"] });
  const end = () => stop(child);
  t.after(end);
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const next = async () => JSON.parse((await lines.next()).value ?? '{"error":"it ended"}');
  const told = await next();
  const say = (line: string) => {
    child.stdin.write(`${line}\n`);
    return next();
  };
  return { told, say, end };
}

async function stop(child: ChildProcessByStdio<Writable, Readable, null>): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const over = once(child, "exit");
  child.stdin.end();
  await over;
}
