/** Who holds sockets: one record per process that was seen to open one. */
import type { LimitsEvent, ProcessEvent, ThreadsEvent } from "./census.ts";
import type { Endpoint } from "./endpoint.ts";
import type { Actor } from "./event.ts";
import { Histories } from "./history.ts";
import { Roster } from "./roster.ts";
import type { ProcessView } from "./snapshot.ts";
import { StateCounts } from "./state-counts.ts";

/** Processes remembered for their counts after their last socket: more than a busy host runs at once. */
export const PROCESS_LIMIT = 4096;

/** Of processes that held a socket when a census looked. */
const FACTS_LIMIT = 16_384;
/** A process of which only the pid is known. */
const UNKNOWN_COMM = "?";

export class Process {
  readonly pid: number;
  comm: string;
  lastUs: number;
  opened = 0;
  closed = 0;
  /** Lean: the kernel said so, though it does not tell of each close. */
  hasClosed = false;
  /** Sockets that it owed a close for a while, and then did close. */
  late: ProcessView["late"] = null;
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

  closedLate(afterUs: number): void {
    this.late = { count: (this.late?.count ?? 0) + 1, longestUs: Math.max(this.late?.longestUs ?? 0, afterUs) };
  }

  addLimits(event: LimitsEvent): void {
    this.limits = { first: this.limits?.first ?? event, last: event };
  }
}

export class Processes {
  readonly #byPid = new Roster<number, Process>(PROCESS_LIMIT, (process) => process.live.size > 0);

  /** What /proc told is told once, and so is remembered longer than the sockets. */
  readonly #facts = new Roster<number, { readonly facts: ProcessEvent; lastUs: number }>(FACTS_LIMIT, () => false);

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
    if (known === undefined) this.#recall(process);
    return process;
  }

  /** The process of a pid that a census found. */
  of(pid: number, atUs: number): Process {
    const known = this.#byPid.get(pid);
    if (known !== undefined && !(known.exited && known.live.size === 0)) return known;
    const process = new Process(pid, UNKNOWN_COMM, atUs);
    this.#byPid.set(pid, process);
    this.#recall(process);
    return process;
  }

  /** Returns the process that had the pid before, if the one described is another. */
  describe(facts: ProcessEvent): Process | undefined {
    this.#facts.set(facts.pid, { facts, lastUs: facts.atUs });
    const known = this.#byPid.get(facts.pid);
    if (known === undefined) return undefined;
    if (known.facts === null || known.facts.startedUs === facts.startedUs) {
      this.#recall(known);
      return undefined;
    }
    const process = new Process(facts.pid, facts.comm, facts.atUs);
    this.#byPid.set(facts.pid, process);
    this.#recall(process);
    return known;
  }

  #recall(process: Process): void {
    const told = this.#facts.get(process.pid);
    if (told === undefined) return;
    process.facts = told.facts;
    process.comm = told.facts.comm;
  }

  /** What /proc last told of a pid, whether or not it holds a socket. */
  factsOf(pid: number): ProcessEvent | undefined {
    return this.#facts.get(pid)?.facts;
  }

  closes(pid: number): void {
    const process = this.#byPid.get(pid);
    if (process !== undefined) process.hasClosed = true;
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
