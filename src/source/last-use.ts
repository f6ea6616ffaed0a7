/**
 * Who used a process's sockets last, from when somebody asks until they ask no more: probes/uses.bt as a bpftrace of its own, beside
 * the one that goes on undisturbed. It ends with us, as that does (bpftrace.ts).
 */
import { failureReason } from "./attach.ts";
import type { Script } from "./bpftrace.ts";
import { lastUseScript } from "./script.ts";
import { Session } from "./session.ts";
import { canWalkStacks } from "./sites.ts";

export type LastUseOptions = {
  /** A line of it, whatever it says. */
  readonly line: (line: unknown) => void;
};

export class LastUse {
  readonly #options: LastUseOptions;
  #pid: number | null = null;
  #session: Session | null = null;
  #why: string | null = "attaching";
  /** Orders are obeyed one after the other. */
  #turn: Promise<void> = Promise.resolve();

  constructor(options: LastUseOptions) {
    this.#options = options;
  }

  /** Whose; null: nobody's. */
  get pid(): number | null {
    return this.#pid;
  }

  /** Why nothing is told (yet); null: it is. */
  get why(): string | null {
    return this.#why;
  }

  /** Null: of nobody any more. Never rejects. */
  watch(pid: number | null): Promise<void> {
    this.#pid = pid;
    this.#why = canWalkStacks() ? "attaching" : "stacks are walked on x86-64 only";
    this.#turn = this.#turn.then(() => this.#obey(pid));
    return this.#turn;
  }

  async #obey(pid: number | null): Promise<void> {
    await this.#session?.stop();
    this.#session = null;
    if (pid === null || this.#pid !== pid || !canWalkStacks()) return;
    this.#session = this.#start(await lastUseScript(pid));
  }

  #start(script: Script): Session {
    const session: Session = new Session({
      script,
      attached: () => this.#say(session, null),
      line: this.#options.line,
      refused: () => {},
      chunk: () => {},
      missed: () => {},
    });
    void session.exit.then((exit) => this.#say(session, `bpftrace ended: ${failureReason(exit)}`));
    return session;
  }

  #say(session: Session, why: string | null): void {
    if (this.#session === session) this.#why = why;
  }
}
