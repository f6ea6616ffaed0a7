/**
 * A command started as a shell would start it: our standard streams, terminal, process group and working directory, no shell in
 * between. It is a child of this very process, forked from its main thread (source/follow.ts waits for that).
 */
import { type ChildProcess, spawn } from "node:child_process";
import { accessSync, constants, existsSync, statSync } from "node:fs";
import { constants as system } from "node:os";
import { delimiter, join } from "node:path";

export type Ended =
  | { readonly how: "exited"; readonly code: number }
  | { readonly how: "killed"; readonly signal: string; readonly number: number }
  | { readonly how: "not-started"; readonly code: 126 | 127; readonly why: string };

export type Running = {
  /** Undefined where it could not be started. */
  readonly pid: number | undefined;
  readonly ended: Promise<Ended>;
  readonly signal: (name: NodeJS.Signals) => void;
};

export type CommandOptions = {
  readonly env: NodeJS.ProcessEnv;
  /** Words ahead of the command's own, which change whose process it is and then execute it. */
  readonly as: readonly string[];
};

export function startCommand(argv: readonly string[], { env, as }: CommandOptions): Running {
  const [program = "", ...args] = [...as, ...argv];
  const child = spawn(program, args, { stdio: "inherit", env });
  return { pid: child.pid, ended: endOf(child), signal: (name) => void child.kill(name) };
}

function endOf(child: ChildProcess): Promise<Ended> {
  return new Promise((resolve) => {
    child.once("error", (error: NodeJS.ErrnoException) => {
      if (child.pid === undefined) resolve(notStarted(error.code ?? error.message));
    });
    child.once("exit", (code, signal) => {
      if (signal === null) resolve({ how: "exited", code: code ?? 0 });
      else resolve({ how: "killed", signal, number: system.signals[signal] });
    });
  });
}

/** What exec(2) would say, asked ahead: null, it will start. Whoever starts it may be another program, with words of its own. */
export function whyNotStarted(
  [program = ""]: readonly string[],
  { PATH: path = "/usr/local/bin:/usr/bin:/bin" }: NodeJS.ProcessEnv,
): Extract<Ended, { how: "not-started" }> | null {
  if (program.includes("/"))
    return isExecutable(program) ? null : notStarted(existsSync(program) ? "EACCES" : "ENOENT");
  const places = path.split(delimiter).map((directory) => join(directory === "" ? "." : directory, program));
  if (program !== "" && places.some(isExecutable)) return null;
  return notStarted(program !== "" && places.some((place) => isFile(place)) ? "EACCES" : "ENOENT");
}

function notStarted(code: string): Extract<Ended, { how: "not-started" }> {
  if (code === "ENOENT" || code === "ENOTDIR") return { how: "not-started", code: 127, why: "not found" };
  return { how: "not-started", code: 126, why: code === "EACCES" ? "permission denied" : code };
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return isFile(path);
  } catch {
    return false;
  }
}

function isFile(path: string): boolean {
  try {
    return statSync(path).isFile();
  } catch {
    return false;
  }
}
