/**
 * Who holds which socket, from /proc/PID/fd of every process, whatever its namespaces.
 *
 * A process is read again only when its number of fds changed, when it is another one under the same pid, or when an inode
 * is wanted that nobody is known to hold: first those that hold sockets at all, then the others, then (in the first walk, and when it is missed again) the tables of
 * threads. What is not found then is not sought again until it leaves the list of the wanted.
 */
import type { NoHolder } from "../../model/census.ts";
import { type EpollBook, readEpolls, watchOf } from "./epoll.ts";
import { parseInFlight, parseRing } from "./fdinfo.ts";
import { type Fds, listTasks, readFds, readTaskFds } from "./fds.ts";
import { type ProcHost, textOr } from "./proc-host.ts";
import { parseStat } from "./stat.ts";

export type WalkRequest = {
  /** Inodes whose holders are asked for. */
  readonly wanted: readonly number[];
  /** Told if they are held, and not sought if they are not. */
  readonly optional: readonly number[];
  /** Those of both for which the epoll sets are read, too. */
  readonly epollOf: readonly number[];
};

export type FoundHolder = {
  readonly pid: number;
  readonly fd: number;
  readonly epoll: "none" | "no-read" | "read" | null;
};
export type OtherSocket = { readonly inode: number; readonly pid: number; readonly fd: number };

export type WalkResult = {
  readonly holders: ReadonlyMap<number, readonly FoundHolder[]>;
  /** Wanted, and held by nobody. */
  readonly without: ReadonlyMap<number, { readonly reason: NoHolder; readonly ringPid: number | null }>;
  readonly processes: number;
  readonly why: readonly string[];
};

type Known = Fds & { readonly startedTicks: number };

/** Fds read from threads' own tables in one walk. */
const TASK_FD_BUDGET = 100_000;
const IN_FLIGHT_BUDGET = 20_000;

export class FdWalk {
  readonly #host: ProcHost;
  #known = new Map<number, Known>();
  /** Wanted inodes that nobody was found to hold, and why not. */
  #missing = new Map<number, NoHolder>();
  #missedOnce = new Set<number>();
  #first = true;
  #denied = 0;
  #hidden = false;
  #why: string[] = [];
  #wanted: ReadonlySet<number> = new Set();

  constructor(host: ProcHost) {
    this.#host = host;
  }

  async walk(request: WalkRequest): Promise<WalkResult> {
    this.#why = [];
    const wanted = new Set(request.wanted);
    const fresh = await this.#refresh(wanted);
    const unknown = [...this.#unheld(wanted)].filter(
      (inode) => !this.#missing.has(inode) || this.#missedOnce.has(inode),
    );
    // Most that is missed once had closed between the table and the walk: threads' tables are dear, and wait for a second miss.
    const everywhere = this.#first || unknown.some((inode) => this.#missedOnce.has(inode));
    if (unknown.length > 0) await this.#seek(wanted, fresh, everywhere);
    this.#first = false;
    this.#missedOnce = new Set(everywhere ? [] : unknown);
    const without = await this.#explain(wanted, new Set(request.epollOf), unknown.length > 0);
    const holders = await this.#holders(new Set([...wanted, ...request.optional]), new Set(request.epollOf));
    if (this.#denied > 0) this.#why.push(`fds of ${this.#denied} processes may not be read`);
    if (this.#hidden) this.#why.push("/proc hides the processes of other users (hidepid)");
    this.#wanted = wanted;
    return { holders, without, processes: this.#known.size, why: this.#why };
  }

  /** Of the last walk's knowledge: who holds these, with how the epoll sets watch them. */
  holdersOf(inodes: readonly number[]): Promise<ReadonlyMap<number, readonly FoundHolder[]>> {
    const wanted = new Set(inodes);
    return this.#holders(wanted, wanted);
  }

  /** Open sockets that the last walk was not asked for, once each holder. */
  *others(): Iterable<OtherSocket> {
    for (const [pid, { sockets }] of this.#known) {
      for (const [inode, [fd = 0]] of sockets) if (!this.#wanted.has(inode)) yield { inode, pid, fd };
    }
  }

  /** Reads who is new or changed; says who was read. */
  async #refresh(wanted: ReadonlySet<number>): Promise<ReadonlySet<number>> {
    const names = await this.#host.listDir("/proc").catch(() => []);
    const pids = names.filter((name) => /^\d+$/.test(name)).map(Number);
    this.#hidden = !pids.includes(1);
    this.#denied = 0;
    const alive = new Set(pids);
    for (const pid of this.#known.keys()) if (!alive.has(pid)) this.#known.delete(pid);
    const counts = (await this.#host.sizeOf("/proc/self/fd").catch(() => 0)) > 0;
    const fresh = new Set<number>();
    for (const pid of pids) if (!(await this.#isSame(pid, counts, wanted))) await this.#read(pid, fresh);
    return fresh;
  }

  async #isSame(pid: number, counts: boolean, wanted: ReadonlySet<number>): Promise<boolean> {
    const known = this.#known.get(pid);
    if (known === undefined) return false;
    const directory = `/proc/${pid}/fd`;
    const size = counts
      ? await this.#host.sizeOf(directory).catch(() => -1)
      : await this.#host.listDir(directory).then(
          ({ length }) => length,
          () => -1,
        );
    if (size !== known.count) return false;
    if (!holdsAny(known, wanted)) return true;
    return (await this.#startedTicks(pid)) === known.startedTicks;
  }

  async #read(pid: number, fresh: Set<number>): Promise<void> {
    const startedTicks = await this.#startedTicks(pid);
    const fds = await readFds(this.#host, pid);
    fresh.add(pid);
    this.#known.delete(pid);
    if (fds === "denied") this.#denied++;
    else if (fds !== "gone") this.#known.set(pid, { ...fds, startedTicks });
  }

  async #startedTicks(pid: number): Promise<number> {
    return parseStat(await textOr(this.#host, `/proc/${pid}/stat`))?.startedTicks ?? -1;
  }

  #unheld(wanted: ReadonlySet<number>): Set<number> {
    const unheld = new Set(wanted);
    for (const { sockets } of this.#known.values()) {
      if (unheld.size === 0) break;
      if (sockets.size < unheld.size) for (const inode of sockets.keys()) unheld.delete(inode);
      else for (const inode of unheld) if (sockets.has(inode)) unheld.delete(inode);
    }
    return unheld;
  }

  async #seek(wanted: ReadonlySet<number>, fresh: ReadonlySet<number>, everywhere: boolean): Promise<void> {
    const read = new Set(fresh);
    for (const withSockets of [true, false]) {
      for (const [pid, { sockets }] of [...this.#known]) {
        if (!read.has(pid) && sockets.size > 0 === withSockets) await this.#read(pid, read);
      }
      if (this.#unheld(wanted).size === 0) return;
    }
    if (everywhere) await this.#seekInTasks(wanted);
  }

  async #seekInTasks(wanted: ReadonlySet<number>): Promise<void> {
    let left = TASK_FD_BUDGET;
    for (const [pid, known] of [...this.#known]) {
      if ((await listTasks(this.#host, pid)).length < 2) continue;
      const found = await readTaskFds(this.#host, pid, left);
      left = found.left;
      if (found.fds !== null)
        this.#known.set(pid, { ...found.fds, count: known.count, at: known.at, startedTicks: known.startedTicks });
      if (left > 0 && this.#unheld(wanted).size > 0) continue;
      if (left <= 0) this.#why.push(`fds of threads: only the first ${TASK_FD_BUDGET} were read`);
      return;
    }
  }

  async #explain(
    wanted: ReadonlySet<number>,
    lingering: ReadonlySet<number>,
    anew: boolean,
  ): Promise<Map<number, { reason: NoHolder; ringPid: number | null }>> {
    const unheld = this.#unheld(wanted);
    if (unheld.size === 0) {
      this.#missing.clear();
      return new Map();
    }
    const rings = await this.#ringOwners(unheld);
    const loose = [...unheld].filter((inode) => !rings.has(inode));
    // Others that were missing may have been found, or be gone: then the count of fds under way says more.
    if (anew || loose.length !== this.#missing.size || loose.some((inode) => !this.#missing.has(inode))) {
      this.#missing = await this.#reasons(loose, lingering, wanted);
    }
    return new Map(
      [...unheld].map((inode) => {
        const ringPid = rings.get(inode) ?? null;
        return [inode, { reason: ringPid === null ? (this.#missing.get(inode) ?? "not-found") : "io_uring", ringPid }];
      }),
    );
  }

  async #ringOwners(unheld: ReadonlySet<number>): Promise<Map<number, number>> {
    const owners = new Map<number, number>();
    for (const [pid, { rings, at }] of this.#known) {
      for (const fd of rings) {
        const inodes = parseRing(await textOr(this.#host, `/proc/${at}/fdinfo/${fd}`));
        for (const inode of inodes) if (unheld.has(inode)) owners.set(inode, pid);
      }
    }
    return owners;
  }

  /**
   * The kernel counts fds under way and does not say which. As many as are missing: then it is they. As many as are missing
   * of those that linger: they are what lies forgotten in a queue, and others are missing for another reason.
   */
  async #reasons(
    loose: readonly number[],
    lingering: ReadonlySet<number>,
    wanted: ReadonlySet<number>,
  ): Promise<Map<number, NoHolder>> {
    const elsewhere = this.#denied > 0 || this.#hidden ? "hidden" : "not-found";
    const inFlight = loose.length > 0 ? await this.#countInFlight(wanted) : 0;
    const candidates = inFlight >= loose.length ? loose : loose.filter((inode) => lingering.has(inode));
    const enough = inFlight >= candidates.length;
    if (inFlight > 0 && !enough) this.#why.push(`${inFlight} fds are in flight between processes, unknown which`);
    const flying = new Set(enough ? candidates : []);
    return new Map(loose.map((inode) => [inode, flying.has(inode) ? "in-flight" : elsewhere]));
  }

  async #countInFlight(wanted: ReadonlySet<number>): Promise<number> {
    let left = IN_FLIGHT_BUDGET;
    const seen = new Set<number>();
    let inFlight = 0;
    for (const { sockets, at } of this.#known.values()) {
      for (const [inode, [fd]] of sockets) {
        if (wanted.has(inode) || seen.has(inode)) continue;
        if (left-- <= 0) return inFlight;
        seen.add(inode);
        inFlight += parseInFlight(await textOr(this.#host, `/proc/${at}/fdinfo/${fd}`, 4096));
      }
    }
    return inFlight;
  }

  async #holders(wanted: ReadonlySet<number>, epollOf: ReadonlySet<number>): Promise<Map<number, FoundHolder[]>> {
    const holders = new Map<number, FoundHolder[]>();
    for (const [pid, known] of this.#known) {
      const book: EpollBook = holdsAny(known, epollOf) ? await readEpolls(this.#host, known) : null;
      for (const [inode, fds] of known.sockets) {
        if (!wanted.has(inode)) continue;
        const found = fds.map((fd) => ({ pid, fd, epoll: epollOf.has(inode) ? watchOf(book, fd, inode) : null }));
        const all = holders.get(inode);
        if (all === undefined) holders.set(inode, found);
        else all.push(...found);
      }
    }
    return holders;
  }
}

function holdsAny({ sockets }: Fds, inodes: ReadonlySet<number>): boolean {
  if (sockets.size === 0 || inodes.size === 0) return false;
  const [few, many] = sockets.size < inodes.size ? [sockets, inodes] : [inodes, sockets];
  for (const inode of few.keys()) if (many.has(inode)) return true;
  return false;
}
