/**
 * One look at all TCP sockets of this host and at who holds them, from sock_diag and /proc.
 *
 *   namespaces ─→ a table each ─→ one walk of the fds ─→ what no table shows ─→ processes, limits, threads ─→ events
 *       worker        ss               worker             worker, python3, lsof           worker
 *
 * A full round asks for every socket. A close-wait round asks the kernel for CLOSE_WAIT only, and tells besides what was in
 * CLOSE_WAIT, or gone, before and is still open. The order of events is payload.ts's Telling. A round never rejects: what failed is in its `why`.
 */
import { inHostPidNamespace } from "../capabilities.ts";
import { localHost } from "../local.ts";
import { type Host, readOrNull } from "../port.ts";
import type { ArgsTold } from "./args.ts";
import { childrenMs, TICKS_PER_SECOND } from "./cost.ts";
import { type Desk, ProcDesk } from "./desk.ts";
import { DeskClient } from "./desk-client.ts";
import { findTools, type Looking, type Scope, type Tools } from "./dump.ts";
import { GoneBook } from "./gone.ts";
import { Memory } from "./memory.ts";
import { findIdleMounts } from "./mounted.ts";
import { collectNamespaces, type Namespace } from "./namespaces.ts";
import { Pace } from "./pace.ts";
import { type CensusPayload, gonePayload, socketPayload } from "./payload.ts";
import { procHostOf } from "./proc-host.ts";
import { namespaceInode, type ProcessFacts } from "./process.ts";
import { Suspects } from "./suspects.ts";
import { LINGERING, Tables } from "./tables.ts";
import { Telling } from "./telling.ts";
import { groupThreads } from "./thread-groups.ts";
import type { FoundHolder, OtherSocket, WalkResult } from "./walk.ts";

export type CensusOptions = {
  readonly host: Host;
  /** CLOCK_BOOTTIME in microseconds. */
  readonly clockUs: () => number;
  /** Who reads /proc. Default: a worker thread for this machine, in place for any other host. */
  readonly desk?: Desk;
  /** Called once a round, when its tables are told and its fds still being read: the main thread has nothing to do then. */
  readonly onIdle?: () => void;
  /** Arguments of processes; default: masked. */
  readonly args?: ArgsTold;
};

/** One round's. */
type Look = {
  readonly looking: Looking;
  readonly tables: Tables;
  readonly namespaces: readonly Namespace[];
  readonly why: string[];
};
type Gone = { readonly atUs: number; readonly holders: WalkResult["holders"] };

const NOT_ALL_PROCESSES =
  "processes outside this pid namespace are not seen (on the host, or with --pid=host, they are)";
const NOBODY: WalkResult = { holders: new Map(), without: new Map(), processes: 0, why: [] };
/** Described at a time: their arguments cross the threads in one message. */
const DESCRIBED_AT_ONCE = 64;

export class Census {
  readonly #host: Host;
  readonly #clockUs: () => number;
  readonly #desk: Desk;
  readonly #onIdle: () => void;
  #tools: Tools | null = null;
  #round = 0;
  #wereCloseWait: readonly number[] = [];
  /** Kept by mounts, and without a socket in the last full round. */
  #idleMounts: ReadonlySet<number> = new Set();
  readonly #memory = new Memory();
  readonly #gone = new GoneBook();

  constructor({ host, clockUs, desk, onIdle = () => {}, args = "masked" }: CensusOptions) {
    this.#host = host;
    this.#onIdle = onIdle;
    this.#clockUs = clockUs;
    const of = { ticksPerSecond: TICKS_PER_SECOND, arch: process.arch, args };
    this.#desk = desk ?? (host === localHost ? new DeskClient(of) : new ProcDesk(procHostOf(host), of));
  }

  /** Ends the worker thread. Without it nothing keeps the program from ending, either. */
  close(): Promise<void> {
    return this.#desk.close();
  }

  /** `suspects`: processes whose limits and threads are sampled; default those that hold most of what lingers. */
  async round(scope: Scope, suspects?: ReadonlySet<number>): Promise<readonly CensusPayload[]> {
    const fromUs = this.#clockUs();
    const childrenBefore = await childrenMs(this.#host);
    this.#round++;
    const look = await this.#look(scope);
    const toUs = this.#clockUs();
    const walking = this.#walk(look);
    this.#onIdle();
    const walk = await walking;
    const gone = await this.#findGone(look, walk);
    const facts = await this.#describe([walk, gone], suspects ?? new Set());
    const telling = await this.#tell(look, { walk, gone, facts });
    await this.#sample(telling, suspects);
    const { tables, looking, why } = look;
    const spentMs = looking.pace.spentMs + (await this.#desk.cost().catch(() => 0));
    return telling.end({
      round: this.#round,
      fromUs,
      toUs,
      scope,
      netns: tables.netns,
      byState: tables.byState,
      costMs: Math.round(spentMs + (await childrenMs(this.#host)) - childrenBefore),
      nextMs: null,
      why: [...tables.why, ...why],
    });
  }

  /** Our own namespace while the worker still starts and looks for the others. */
  async #look(scope: Scope): Promise<Look> {
    const why: string[] = [];
    const found = this.#namespaces(scope, why);
    // Its failure is the walk's to tell.
    this.#desk.prepare().catch(() => {});
    this.#tools ??= await findTools(this.#host);
    const looking = { host: this.#host, tools: this.#tools, scope, pace: new Pace() };
    const tables = new Tables(looking, this.#clockUs);
    const own = namespaceInode(await this.#host.readLink("/proc/self/ns/net").catch(() => ""));
    const ours = own === null ? [] : [{ inode: own, own: true, idle: false, paths: [], pids: [] }];
    const others = found.then((all) => tables.lookInto(all.filter((namespace) => !namespace.own)));
    await Promise.all([tables.lookInto(ours), others]);
    const namespaces = await found;
    if ((await inHostPidNamespace(this.#host)) === false) why.push(NOT_ALL_PROCESSES);
    return { looking, tables, namespaces, why };
  }

  async #namespaces(scope: Scope, why: string[]): Promise<readonly Namespace[]> {
    try {
      const found = await this.#desk.namespaces();
      if (found.unseen !== null) why.push(`the network namespace of ${found.unseen} may not be looked at`);
      const mountinfo = (await readOrNull(this.#host, "/proc/self/mountinfo")) ?? "";
      const own = namespaceInode(await this.#host.readLink("/proc/self/ns/net").catch(() => ""));
      const namespaces = collectNamespaces(found, mountinfo, own);
      if (scope === "full") this.#idleMounts = await findIdleMounts(this.#host, namespaces);
      const isIdle = ({ inode, pids }: Namespace) => pids.length === 0 && this.#idleMounts.has(inode);
      // In between they are left out, and the round does not say that it looked there.
      if (scope !== "full") return namespaces.filter((namespace) => !isIdle(namespace));
      return namespaces.map((namespace) => (isIdle(namespace) ? { ...namespace, idle: true } : namespace));
    } catch (error) {
      why.push(`network namespaces: ${(error as Error).message}`);
      return [];
    }
  }

  async #walk({ tables, looking, why }: Look): Promise<WalkResult> {
    const before = looking.scope === "full" ? this.#gone.standing : [...this.#gone.standing, ...this.#wereCloseWait];
    this.#wereCloseWait = tables.closeWait;
    // Those that were there before are asked for apart: that they have no holder now is no riddle, but the normal end.
    const request = { wanted: [...tables.inodes], optional: before, epollOf: [...tables.lingering, ...before] };
    try {
      const walk = await this.#desk.walk(request);
      why.push(...walk.why);
      return walk;
    } catch (error) {
      why.push(`holders: ${(error as Error).message}`);
      return NOBODY;
    }
  }

  async #findGone(look: Look, walk: WalkResult): Promise<Gone> {
    const { tables, why, looking } = look;
    let holders: WalkResult["holders"] = new Map();
    try {
      if (looking.scope === "full") await this.#learnStrays(look);
      else {
        const held = [...walk.holders].filter(([inode]) => !tables.inodes.has(inode));
        const standing = new Set(this.#gone.standing);
        this.#gone.forget((inode) => !standing.has(inode) || (walk.holders.has(inode) && !tables.inodes.has(inode)));
        await this.#gone.learn(look, held.flatMap(firstHolder));
      }
      why.push(...this.#gone.why);
      const gone = looking.scope === "full" ? this.#gone.gone : this.#gone.standing;
      if (gone.length > 0) holders = await this.#desk.holdersOf(gone);
    } catch (error) {
      why.push(`closed sockets: ${(error as Error).message}`);
    }
    return { atUs: this.#clockUs(), holders };
  }

  async #learnStrays(look: Look): Promise<void> {
    const pids = look.namespaces.flatMap((namespace) => namespace.pids.slice(0, 1));
    const { fresh, open } = await this.#desk.strays({ known: this.#gone.known, pids });
    const stray = new Set([...open, ...fresh.map(({ inode }) => inode)]);
    this.#gone.forget((inode) => stray.has(inode));
    await this.#gone.learn(look, fresh);
  }

  async #describe(
    found: readonly { readonly holders: WalkResult["holders"]; readonly without?: WalkResult["without"] }[],
    suspects: ReadonlySet<number>,
  ): Promise<readonly ProcessFacts[]> {
    const pids = new Set(suspects);
    for (const { holders, without } of found) {
      for (const all of holders.values()) for (const { pid } of all) pids.add(pid);
      for (const { ringPid } of without?.values() ?? []) if (ringPid !== null) pids.add(ringPid);
    }
    const facts: ProcessFacts[] = [];
    const all = [...pids];
    for (let from = 0; from < all.length; from += DESCRIBED_AT_ONCE) {
      facts.push(...(await this.#desk.describe(all.slice(from, from + DESCRIBED_AT_ONCE)).catch(() => [])));
    }
    return facts;
  }

  async #tell(
    { tables, looking }: Look,
    { walk, gone, facts }: { walk: WalkResult; gone: Gone; facts: readonly ProcessFacts[] },
  ): Promise<Telling> {
    const telling = new Telling(facts, new Suspects(LINGERING), this.#clockUs);
    const round = this.#round;
    this.#memory.begin(looking.scope === "full");
    for (const { rows, netns, atUs } of tables.places.sort((a, b) => a.atUs - b.atUs)) {
      await looking.pace.each(rows, (row) => {
        const seen = { row, netns, round };
        this.#memory.note(seen);
        telling.add(socketPayload({ atUs, round }, seen, walk));
      });
    }
    await looking.pace.each(gone.holders, ([inode, holders]) => {
      const closed = this.#gone.told(inode);
      if (closed === undefined) return;
      const before = this.#memory.recall(inode);
      telling.add(gonePayload({ atUs: gone.atUs, round }, { inode, closed, holders, before }));
    });
    this.#memory.end();
    return telling;
  }

  async #sample(telling: Telling, suspects: ReadonlySet<number> | undefined): Promise<void> {
    const samples = await this.#desk.sample([...(suspects ?? telling.suspects)]).catch(() => []);
    for (const { pid, fds, threads } of samples) {
      const groups = groupThreads(threads, (inode) => this.#memory.waited(inode, this.#round));
      telling.sample(pid, fds, groups);
    }
  }
}

function firstHolder([inode, [first]]: readonly [number, readonly FoundHolder[]]): readonly OtherSocket[] {
  return first === undefined ? [] : [{ inode, pid: first.pid, fd: first.fd }];
}
