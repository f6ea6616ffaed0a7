/** Who holds sockets: one record per process that was seen to open one. */
import type { ProcessEvent, ThreadsEvent } from "./census.ts";
import type { Endpoint } from "./endpoint.ts";
import type { Actor } from "./event.ts";
import { Histories } from "./history.ts";
import { Roster } from "./roster.ts";
import type { ProcessView } from "./snapshot.ts";
import { StateCounts } from "./state-counts.ts";

/** Processes remembered for their counts after their last socket: more than a busy host runs at once. */
export const PROCESS_LIMIT = 4096;

export class Process {
  readonly pid: number;
  comm: string;
  lastUs: number;
  opened = 0;
  closed = 0;
  /** It was seen exiting: the next one of this pid is another process. */
  exited = false;
  facts: ProcessEvent | null = null;
  limits: ProcessView["limits"] = null;
  threads: ThreadsEvent | null = null;
  readonly history = new Histories();
  readonly states = new StateCounts();
  /** In the order in which they were opened. */
  readonly live = new Set<Endpoint>();
  readonly unclosed = new Set<Endpoint>();

  constructor(pid: number, comm: string, lastUs: number) {
    this.pid = pid;
    this.comm = comm;
    this.lastUs = lastUs;
  }
}

export class Processes {
  readonly #byPid = new Roster<number, Process>(PROCESS_LIMIT, (process) => process.live.size > 0);

  get size(): number {
    return this.#byPid.size;
  }

  /** The process of a pid, as it opens a socket. */
  opening(actor: Actor, atUs: number): Process {
    const known = this.#byPid.get(actor.pid);
    if (known !== undefined && !(known.exited && known.live.size === 0)) {
      known.comm = actor.comm;
      known.lastUs = Math.max(known.lastUs, atUs);
      return known;
    }
    const process = new Process(actor.pid, actor.comm, atUs);
    this.#byPid.set(actor.pid, process);
    return process;
  }

  exiting(pid: number): void {
    const process = this.#byPid.get(pid);
    if (process !== undefined) process.exited = true;
  }

  get(pid: number): Process | undefined {
    return this.#byPid.get(pid);
  }

  all(): IterableIterator<Process> {
    return this.#byPid.values();
  }
}
