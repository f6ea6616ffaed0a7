/** Whether a process is one that was asked for: its pid or an ancestor's, its name, its unit, its container. */
import type { CensusEvent, ProcessEvent } from "./census.ts";
import type { Verdict } from "./filter-place.ts";

export type OwnerFilter = {
  readonly pid?: number;
  /** With `pid`: its descendants, too. */
  readonly children?: ReadonlySet<number>;
  /** Against the process's name, raw. */
  readonly comm?: (comm: string) => boolean;
  readonly unit?: (unit: string) => boolean;
  /** Against its container's id and its pod's name. */
  readonly container?: (name: string) => boolean;
};

/** Processes that /proc told of, remembered: more than hold sockets on a busy host. The oldest are forgotten first. */
const FACTS_MAX = 16_384;

export class Owners {
  readonly #filter: OwnerFilter;
  readonly #pids: Set<number> | null;
  readonly #facts = new Map<number, ProcessEvent>();
  /** Who listens: namespace and port → processes, of the latest round that told. */
  readonly #listening = new Map<string, Set<number>>();
  #round = 0;

  constructor(filter: OwnerFilter) {
    this.#filter = filter;
    this.#pids = filter.pid === undefined ? null : new Set([filter.pid, ...(filter.children ?? [])]);
  }

  get isAsked(): boolean {
    const { comm, unit, container } = this.#filter;
    return [this.#pids, comm, unit, container].some((asked) => asked != null);
  }

  facts(pid: number): ProcessEvent | undefined {
    return this.#facts.get(pid);
  }

  /** /proc tells of a process. */
  learn(event: ProcessEvent): void {
    this.#facts.delete(event.pid);
    this.#facts.set(event.pid, event);
    if (this.#filter.children !== undefined && event.ppid !== null && this.#pids?.has(event.ppid)) {
      this.#pids.add(event.pid);
    }
    for (const pid of this.#facts.keys()) {
      if (this.#facts.size <= FACTS_MAX) break;
      this.#facts.delete(pid);
    }
  }

  /** `comm`: as a probe saw it, in the process's own context. */
  judge(pid: number, comm: string | null): Verdict {
    if (this.#pids !== null && !this.#pids.has(pid)) return "drop";
    const facts = this.#facts.get(pid);
    const { comm: named, unit, container } = this.#filter;
    const name = comm ?? facts?.comm;
    if (named !== undefined && name !== undefined && !named(name)) return "drop";
    if (facts === undefined) {
      const asks = unit !== undefined || container !== undefined || (named !== undefined && name === undefined);
      return asks ? "undecided" : "pass";
    }
    if (unit !== undefined && !(facts.unit !== null && unit(facts.unit))) return "drop";
    const names = [facts.container?.id, facts.pod?.name].filter((id) => id != null);
    return container === undefined || names.some(container) ? "pass" : "drop";
  }

  /** Of a socket that a census saw: one of its holders passes, or one of those who should have accepted it. */
  judgeSight(event: CensusEvent): Verdict {
    if (event.state === "LISTEN") this.#listens(event);
    const pids = new Set(event.holders.map(({ pid }) => pid));
    if (event.ringPid !== null) pids.add(event.ringPid);
    if (pids.size === 0) for (const pid of this.#acceptors(event)) pids.add(pid);
    return [...pids].some((pid) => this.judge(pid, null) === "pass") ? "pass" : "drop";
  }

  #listens({ round, netns, local, holders }: CensusEvent): void {
    if (round !== this.#round) this.#listening.clear();
    this.#round = round;
    const key = `${netns}:${local?.port}`;
    const pids = this.#listening.get(key) ?? new Set();
    for (const { pid } of holders) pids.add(pid);
    this.#listening.set(key, pids);
  }

  #acceptors({ netns, local }: CensusEvent): Iterable<number> {
    return this.#listening.get(`${netns}:${local?.port}`) ?? [];
  }
}
