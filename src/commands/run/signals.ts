/**
 * Signals while the command runs. What the terminal or a kill of the group sends, the command gets by itself; what is sent to
 * us alone is handed on to it, once. We stay until it has ended: its end is ours.
 *
 *   group  ──SIGINT──→ command, sockleak, sentinel        nothing to hand on
 *   kill   ──SIGINT──→ sockleak ──→ command
 */
import { setTimeout as delay } from "node:timers/promises";
import type { Running } from "../../host/command.ts";
import { Sentinel, stateOf } from "../../host/sentinel.ts";

/** Not SIGWINCH: only terminals send it, to the group. Not SIGCHLD, SIGPIPE and faults: they are about ourselves. */
const HANDED_ON = ["SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT", "SIGUSR1", "SIGUSR2", "SIGALRM"] as const;
/** For the command to stop, so that a shell sees both stopped at once. */
const STOP_MS = 200;
const LOOK_MS = 5;

export class Signals {
  readonly #sentinel = new Sentinel();
  readonly #listeners: (readonly [NodeJS.Signals, () => void])[];
  #command: Running | null = null;
  #early: (signal: NodeJS.Signals) => void = () => {};
  /** Resolves with the first one that comes before there is a command to take it. */
  readonly early: Promise<NodeJS.Signals>;

  constructor() {
    this.early = new Promise((resolve) => {
      this.#early = resolve;
    });
    this.#listeners = [
      ...HANDED_ON.map((name) => [name, () => void this.#handOn(name)] as const),
      ["SIGTSTP", () => void this.#stop()],
      ["SIGCONT", () => this.#goOn()],
    ];
    for (const [name, listener] of this.#listeners) process.on(name, listener);
  }

  /** From now on they are the command's. */
  attend(command: Running): void {
    this.#command = command;
  }

  dismiss(): void {
    this.#sentinel.dismiss();
    this.#command = null;
  }

  async #handOn(name: NodeJS.Signals): Promise<void> {
    const command = this.#command;
    if (command === null) return this.#early(name);
    if (!(await this.#sentinel.felt(name))) command.signal(name);
  }

  async #stop(): Promise<void> {
    const command = this.#command;
    if (command !== null && !(await this.#sentinel.felt("SIGTSTP"))) command.signal("SIGTSTP");
    for (let waitedMs = 0; waitedMs < STOP_MS && stateOf(command?.pid) !== "T"; waitedMs += LOOK_MS)
      await delay(LOOK_MS);
    if (command === null || stateOf(command.pid) === "T") process.kill(process.pid, "SIGSTOP");
  }

  #goOn(): void {
    if (stateOf(this.#command?.pid) === "T") this.#command?.signal("SIGCONT");
  }
}
