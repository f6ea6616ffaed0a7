/**
 * Who holds which socket, from /proc/PID/fd of every process, whatever its namespaces.
 *
 * A process is read again only when its number of fds changed, when it is another one under the same pid, or when an inode
 * is wanted that nobody is known to hold: first those that hold sockets at all, then the others, then (in the first walk,
 * and when it is missed again) the tables of threads. What is not found then is not sought again until it leaves the list of
 * the wanted.
 */
import { type Absence, Absences } from "./absences.ts";
import { type EpollBook, readEpolls, watchOf } from "./epoll.ts";
import { type Fds, listTasks, readFds, readTaskFds } from "./fds.ts";
import { type ProcHost, textOr } from "./proc-host.ts";
import { parseStat } from "./stat.ts";
import { nameUnseen } from "./unseen.ts";

export type WalkRequest = {
  /** Inodes whose holders are asked for. */
  readonly wanted: readonly number[];
  /** Told if they are held, and not sought if they are not. No table shows them: their fds are looked at again. */
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
  readonly without: ReadonlyMap<number, Absence>;
  readonly processes: number;
  readonly why: readonly string[];
};

type Held = { readonly pid: number; readonly fd: number; epoll: FoundHolder["epoll"] };
type Known = Fds & {
  readonly startedTicks: number;
  /** Some are in the tables of single threads: not to be found under `at`. */
  readonly ofTasks: boolean;
};

const NOBODY_READ: Promise<ReadonlySet<number>> = Promise.resolve(new Set());
/** Fds read from threads' own tables in one walk. */
const TASK_FD_BUDGET = 100_000;
/** Fds of sockets in no table that are looked at again in one walk: 15 µs each. */
const CLOSED_BUDGET = 2_000;

export class FdWalk {
  readonly #host: ProcHost;
  #known = new Map<number, Known>();
  readonly #absences: Absences;
  #missedOnce = new Set<number>();
  #first = true;
  /** Who was, or is still being, read ahead of the first walk. */
  #prepared: Promise<ReadonlySet<number>> = NOBODY_READ;
  #denied: number[] = [];
  #hidden = false;
  #why: string[] = [];
  #wanted: ReadonlySet<number> = new Set();

  constructor(host: ProcHost) {
    this.#host = host;
    this.#absences = new Absences(host);
  }

  /** Reads all there is while the tables are still asked for: the first walk then has only what changed to read. */
  async prepare(): Promise<void> {
    if (this.#first) this.#prepared = this.#refresh(new Set(), new Set());
    await this.#prepared;
  }

  async walk({ wanted: inodes, optional, epollOf }: WalkRequest): Promise<WalkResult> {
    const prepared = await this.#prepared.catch(() => NOBODY_READ);
    this.#prepared = NOBODY_READ;
    this.#why = [];
    const wanted = new Set(inodes);
    const asked = optional.length === 0 ? wanted : new Set([...inodes, ...optional]);
    const changed = await this.#refresh(wanted, new Set(optional.filter((inode) => !wanted.has(inode))));
    const fresh = new Set([...prepared, ...changed]);
    let holders = this.#held(asked);
    const unknown = [...wanted].filter(
      (inode) => !holders.has(inode) && (!this.#absences.isKnown(inode) || this.#missedOnce.has(inode)),
    );
    // Most that is missed once had closed between the table and the walk: threads' tables are dear, and wait for a second miss.
    const everywhere = this.#first || unknown.some((inode) => this.#missedOnce.has(inode));
    if (unknown.length > 0) {
      // All that nobody holds, those known as missing, too: some may have been found by now.
      await this.#seek(new Set(inodes.filter((inode) => !holders.has(inode))), fresh, everywhere);
      holders = this.#held(asked);
    }
    // What was opened after its process had been read ahead is found the next time.
    this.#missedOnce = new Set(everywhere && prepared.size === 0 ? [] : unknown);
    this.#first = false;
    const lingering = new Set(epollOf);
    const unheld = new Set([...wanted].filter((inode) => !holders.has(inode)));
    const elsewhere = this.#denied.length > 0 || this.#hidden ? "hidden" : "not-found";
    const riddle = { unheld, lingering, wanted, elsewhere, anew: unknown.length > 0 } as const;
    const without = await this.#absences.explain(riddle, this.#known, this.#why);
    await this.#watch(holders, lingering);
    if (this.#denied.length > 0) this.#why.push(`fds of ${await nameUnseen(this.#host, this.#denied)} may not be read`);
    if (this.#hidden) this.#why.push("/proc hides the processes of other users (hidepid)");
    this.#wanted = wanted;
    return { holders, without, processes: this.#known.size, why: this.#why };
  }

  /** Of the last walk's knowledge: who holds these, with how the epoll sets watch them. */
  async holdersOf(inodes: readonly number[]): Promise<ReadonlyMap<number, readonly FoundHolder[]>> {
    const asked = new Set(inodes);
    const holders = this.#held(asked);
    await this.#watch(holders, asked);
    return holders;
  }

  /** Open sockets that the last walk was not asked for, once each holder. */
  *others(): Iterable<OtherSocket> {
    for (const [pid, { sockets }] of this.#known) {
      for (const inode of sockets.keys()) {
        if (!this.#wanted.has(inode)) yield { inode, pid, fd: sockets.get(inode)?.[0] ?? 0 };
      }
    }
  }

  /** Reads who is new or changed; says who was read. */
  async #refresh(wanted: ReadonlySet<number>, closed: ReadonlySet<number>): Promise<ReadonlySet<number>> {
    const names = await this.#host.listDir("/proc").catch(() => []);
    const pids = names.filter((name) => /^\d+$/.test(name)).map(Number);
    this.#hidden = !pids.includes(1);
    this.#denied = [];
    const alive = new Set(pids);
    for (const pid of this.#known.keys()) if (!alive.has(pid)) this.#known.delete(pid);
    const counts = (await this.#host.sizeOf("/proc/self/fd").catch(() => 0)) > 0;
    const fresh = new Set<number>();
    let looks = CLOSED_BUDGET;
    for (const pid of pids) {
      const known = this.#known.get(pid);
      if (known === undefined || !(await this.#isSame(pid, known, { counts, wanted }))) await this.#read(pid, fresh);
      else {
        const kept = await this.#keeps(known, closed, looks);
        looks = kept.left;
        if (!kept.all) await this.#read(pid, fresh);
      }
    }
    return fresh;
  }

  async #isSame(
    pid: number,
    known: Known,
    { counts, wanted }: { counts: boolean; wanted: ReadonlySet<number> },
  ): Promise<boolean> {
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

  /** One closed and another opened leave the number of fds as it was, and of these no table says that they are gone. */
  async #keeps(
    { sockets, at, ofTasks }: Known,
    closed: ReadonlySet<number>,
    budget: number,
  ): Promise<{ all: boolean; left: number }> {
    if (ofTasks) return { all: true, left: budget };
    let left = budget;
    const [few, many] = sockets.size < closed.size ? [sockets, closed] : [closed, sockets];
    for (const inode of few.keys()) {
      if (left <= 0) break;
      if (!many.has(inode)) continue;
      left--;
      const [fd] = sockets.get(inode) ?? [];
      const link = await this.#host.readLink(`/proc/${at}/fd/${fd}`).catch(() => "");
      if (link !== `socket:[${inode}]`) return { all: false, left };
    }
    return { all: true, left };
  }

  async #read(pid: number, fresh: Set<number>): Promise<void> {
    const startedTicks = await this.#startedTicks(pid);
    const fds = await readFds(this.#host, pid);
    fresh.add(pid);
    const before = this.#known.get(pid);
    this.#known.delete(pid);
    if (fds === "denied") this.#denied.push(pid);
    if (fds === "denied" || fds === "gone") return;
    // What is known from its threads' tables must not be lost because somebody else's socket is sought.
    const again = before?.ofTasks && before.startedTicks === startedTicks;
    const tasks = again ? (await readTaskFds(this.#host, pid, TASK_FD_BUDGET)).fds : null;
    this.#known.set(pid, { ...fds, ...tasks, count: fds.count, at: fds.at, startedTicks, ofTasks: tasks !== null });
  }

  async #startedTicks(pid: number): Promise<number> {
    return parseStat(await textOr(this.#host, `/proc/${pid}/stat`))?.startedTicks ?? -1;
  }

  async #seek(lost: Set<number>, fresh: ReadonlySet<number>, everywhere: boolean): Promise<void> {
    const read = new Set(fresh);
    for (const withSockets of [true, false]) {
      for (const [pid, { sockets }] of [...this.#known]) {
        if (read.has(pid) || sockets.size > 0 !== withSockets) continue;
        await this.#read(pid, read);
        this.#strike(lost, pid);
      }
      if (lost.size === 0) return;
    }
    if (everywhere) await this.#seekInTasks(lost);
  }

  async #seekInTasks(lost: Set<number>): Promise<void> {
    let left = TASK_FD_BUDGET;
    for (const [pid, known] of [...this.#known]) {
      if ((await listTasks(this.#host, pid)).length < 2) continue;
      const found = await readTaskFds(this.#host, pid, left);
      left = found.left;
      if (found.fds !== null) {
        const ofTasks = known.ofTasks || found.fds.sockets.size > known.sockets.size;
        this.#known.set(pid, { ...known, ...found.fds, count: known.count, at: known.at, ofTasks });
        this.#strike(lost, pid);
      }
      if (left > 0 && lost.size > 0) continue;
      if (left <= 0) this.#why.push(`fds of threads: only the first ${TASK_FD_BUDGET} were read`);
      return;
    }
  }

  /** Takes from the lost what this process holds. */
  #strike(lost: Set<number>, pid: number): void {
    const { sockets } = this.#known.get(pid) ?? { sockets: new Map() };
    if (sockets.size < lost.size) for (const inode of sockets.keys()) lost.delete(inode);
    else for (const inode of lost) if (sockets.has(inode)) lost.delete(inode);
  }

  #held(inodes: ReadonlySet<number>): Map<number, Held[]> {
    const found = new Map<number, Held[]>();
    for (const [pid, { sockets }] of this.#known) {
      const [few, many] = sockets.size < inodes.size ? [sockets, inodes] : [inodes, sockets];
      for (const inode of few.keys()) {
        if (!many.has(inode)) continue;
        const all = found.get(inode) ?? [];
        if (all.length === 0) found.set(inode, all);
        for (const fd of sockets.get(inode) ?? []) all.push({ pid, fd, epoll: null });
      }
    }
    return found;
  }

  /** Notes how the epoll sets of the holders watch these. */
  async #watch(holders: ReadonlyMap<number, readonly Held[]>, inodes: ReadonlySet<number>): Promise<void> {
    const books = new Map<number, EpollBook>();
    for (const [pid, { epolls }] of this.#known) if (epolls.length === 0) books.set(pid, null);
    // Mostly nobody has an epoll set, or only who holds none of these.
    if (books.size === this.#known.size) return;
    for (const inode of inodes) {
      for (const held of holders.get(inode) ?? []) {
        let book = books.get(held.pid);
        if (book === undefined) {
          const known = this.#known.get(held.pid);
          book = known === undefined ? null : await readEpolls(this.#host, known);
          books.set(held.pid, book);
        }
        held.epoll = watchOf(book, held.fd, inode);
      }
    }
  }
}

function holdsAny({ sockets }: Fds, inodes: ReadonlySet<number>): boolean {
  if (sockets.size === 0 || inodes.size === 0) return false;
  const [few, many] = sockets.size < inodes.size ? [sockets, inodes] : [inodes, sockets];
  for (const inode of few.keys()) if (many.has(inode)) return true;
  return false;
}
