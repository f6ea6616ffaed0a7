/**
 * Was a signal for us alone, or for our whole process group (a terminal's ^C, kill -- -PGID)? Node does not tell who sent it. A
 * process of the same group that leaves every signal at its default shows it: it has died or stopped of the same one.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";

/** The kernel signals a group in one go, and death takes a moment: on a busy machine some ten milliseconds. */
const DEATH_MS = 100;
const LOOK_MS = 5;
/** Without a core dump of SIGQUIT. Ends with its standard input, which is ours. */
const PROGRAM = ["-c", "ulimit -c 0; exec cat"];

export class Sentinel {
  #child: ChildProcess;
  #died: NodeJS.Signals | null = null;

  constructor() {
    this.#child = this.#post();
  }

  /** Whether the whole group got it. One that stops is seen stopped, and goes on with the group. */
  async felt(signal: NodeJS.Signals): Promise<boolean> {
    for (let waitedMs = 0; waitedMs < DEATH_MS; waitedMs += LOOK_MS) {
      if (signal === "SIGTSTP" ? stateOf(this.#child.pid) === "T" : this.#died === signal) {
        if (signal !== "SIGTSTP") this.#child = this.#post();
        return true;
      }
      await delay(LOOK_MS);
    }
    return false;
  }

  dismiss(): void {
    this.#child.removeAllListeners("exit");
    this.#child.kill("SIGKILL");
  }

  #post(): ChildProcess {
    this.#died = null;
    const child = spawn("/bin/sh", PROGRAM, { stdio: ["pipe", "ignore", "ignore"] });
    child.stdin?.on("error", () => {});
    child.on("error", () => {});
    child.once("exit", (_code, signal) => {
      this.#died = signal;
    });
    child.unref();
    return child;
  }
}

/** Letter of /proc/PID/stat; null where there is none. */
export function stateOf(pid: number | undefined): string | null {
  try {
    return /\) ([A-Za-z]) /.exec(readFileSync(`/proc/${pid}/stat`, "utf8"))?.[1] ?? null;
  } catch {
    return null;
  }
}
