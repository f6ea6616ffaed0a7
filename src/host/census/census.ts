/**
 * One look at all TCP sockets of this host and at who holds them, from sock_diag and /proc.
 *
 *   namespaces ─→ a table each ─→ one walk of the fds ─→ what no table shows ─→ processes, limits, threads ─→ events
 *       worker        ss               worker               python3, lsof              worker
 *
 * A full round asks for every socket. A close-wait round asks the kernel for CLOSE_WAIT only, and tells besides what was in
 * CLOSE_WAIT, or gone, before and is still open. Events of a round: `process` and `census` carry the moment of the tables
 * (what lastAckMs counts back from), the rest the round's end; they have no `seq`. A round never rejects: what failed is in
 * the round's `why`.
 */
import type { TcpState } from "../../model/state.ts";
import { localHost } from "../local.ts";
import type { Host } from "../port.ts";
import { type Desk, ProcDesk } from "./desk.ts";
import { DeskClient } from "./desk-client.ts";
import { dumpNamespace, findTools, readMountinfo, type Scope, type Tools } from "./dump.ts";
import { GoneBook } from "./gone.ts";
import { collectNamespaces, type Namespace } from "./namespaces.ts";
import {
  type CensusPayload,
  gonePayload,
  type Moment,
  type Seen,
  type SocketPayload,
  socketPayload,
} from "./payload.ts";
import { procHostOf } from "./proc-host.ts";
import type { Row } from "./row.ts";
import { inSlices } from "./slices.ts";
import { mostSuspect } from "./suspects.ts";
import { groupThreads, type Waited } from "./thread-groups.ts";
import type { OtherSocket, WalkResult } from "./walk.ts";

export type CensusOptions = {
  readonly host: Host;
  /** CLOCK_BOOTTIME in microseconds. */
  readonly clockUs: () => number;
  /** Who reads /proc. Default: a worker thread for this machine, in place for any other host. */
  readonly desk?: Desk;
};

type Tables = {
  readonly seen: readonly Seen[];
  readonly namespaces: readonly Namespace[];
  readonly netns: readonly number[];
  readonly byState: Partial<Record<TcpState, number>>;
};

/** ss and nsenter at a time. */
const DUMPS_AT_ONCE = 4;
/** States in which a socket that its owner has not closed can stay for ever: their epoll sets are worth reading. */
const LINGERING: ReadonlySet<TcpState> = new Set(["CLOSE_WAIT", "FIN_WAIT2", "CLOSING", "LAST_ACK"]);
const NOBODY: WalkResult = { holders: new Map(), without: new Map(), others: [], processes: 0, why: [] };

export class Census {
  readonly #host: Host;
  readonly #clockUs: () => number;
  #desk: Desk | null;
  #tools: Tools | null = null;
  #rounds = 0;
  /** By inode, as last seen: where a socket was before it left the tables, and what a thread waits on. */
  #seen = new Map<number, Seen>();
  #wereCloseWait = new Set<number>();
  readonly #gone = new GoneBook();

  constructor({ host, clockUs, desk }: CensusOptions) {
    this.#host = host;
    this.#clockUs = clockUs;
    this.#desk = desk ?? null;
  }

  /** Ends the worker thread. Without it nothing keeps the program from ending, either. */
  async close(): Promise<void> {
    await this.#desk?.close();
  }

  /** `suspects`: processes whose limits and threads are sampled; default those that hold most of what lingers. */
  async round(scope: Scope, suspects?: ReadonlySet<number>): Promise<readonly CensusPayload[]> {
    const fromUs = this.#clockUs();
    const cpu = process.cpuUsage();
    const why: string[] = [];
    const desk = await this.#open();
    const namespaces = await this.#namespaces(desk, why);
    const moment: Moment = { atUs: this.#clockUs(), round: ++this.#rounds };
    const tables = await this.#dump(namespaces, scope, why);
    const walk = await this.#walk(desk, tables, scope, why);
    const gone = await this.#findGone({ desk, tables, walk, scope, moment }, why);
    const sockets: SocketPayload[] = [];
    await inSlices(tables.seen, (seen) => void sockets.push(socketPayload(moment, seen, walk)));
    sockets.push(...gone);
    this.#remember(tables, gone, scope);
    const processes = await this.#describe(desk, sockets, suspects, moment);
    const samples = await this.#sample(desk, suspects ?? mostSuspect(sockets, LINGERING));
    const toUs = this.#clockUs();
    const { netns, byState } = tables;
    const { user, system } = process.cpuUsage(cpu);
    const costMs = Math.round((user + system) / 1_000);
    const round = { type: "round", atUs: toUs, round: moment.round, fromUs, toUs, scope, netns, byState } as const;
    return [
      ...processes,
      ...sockets,
      ...samples.map((sample) => ({ ...sample, atUs: toUs })),
      { ...round, sockets: sockets.length, costMs, nextMs: null, why },
    ];
  }

  async #open(): Promise<Desk> {
    if (this.#desk !== null) return this.#desk;
    // USER_HZ, in which /proc/PID/stat counts: 100 on every machine but a few.
    const { stdout } = await this.#host.run(["getconf", "CLK_TCK"]);
    const ticks = Number(stdout.trim()) || 100;
    this.#desk =
      this.#host === localHost
        ? new DeskClient(ticks, process.arch)
        : new ProcDesk(procHostOf(this.#host), ticks, process.arch);
    return this.#desk;
  }

  async #namespaces(desk: Desk, why: string[]): Promise<readonly Namespace[]> {
    try {
      const found = await desk.namespaces();
      if (found.denied > 0) why.push(`network namespaces of ${found.denied} processes may not be looked at`);
      return collectNamespaces(found, await readMountinfo(this.#host));
    } catch (error) {
      why.push(`network namespaces: ${(error as Error).message}`);
      return [];
    }
  }

  async #dump(namespaces: readonly Namespace[], scope: Scope, why: string[]): Promise<Tables> {
    this.#tools ??= await findTools(this.#host);
    const tools = this.#tools;
    const seen: Seen[] = [];
    const netns: number[] = [];
    const byState: Partial<Record<TcpState, number>> = {};
    const counts = { refused: 0, tls: 0, mptcp: 0 };
    for (let from = 0; from < namespaces.length; from += DUMPS_AT_ONCE) {
      const some = namespaces.slice(from, from + DUMPS_AT_ONCE);
      const dumps = await Promise.all(some.map((namespace) => dumpNamespace(this.#host, tools, namespace, scope)));
      for (const [index, { table, why: clauses }] of dumps.entries()) {
        why.push(...clauses);
        const inode = some[index]?.inode ?? 0;
        if (table === null) continue;
        netns.push(inode);
        counts.refused += table.refused;
        await inSlices(table.rows, (row) => {
          byState[row.state] = (byState[row.state] ?? 0) + 1;
          if (row.ulp === "tls") counts.tls++;
          if (row.ulp === "mptcp") counts.mptcp++;
          if (isEndpoint(row)) seen.push({ row, netns: inode, round: this.#rounds });
        });
      }
    }
    if (counts.refused > 0) why.push(`${counts.refused} lines of ss were not understood`);
    if (counts.tls > 0) why.push(`${counts.tls} kTLS sockets are less well analysed`);
    if (counts.mptcp > 0) why.push(`${counts.mptcp} subflows of MPTCP are not analysed`);
    return { seen, namespaces, netns, byState };
  }

  async #walk(desk: Desk, { seen }: Tables, scope: Scope, why: string[]): Promise<WalkResult> {
    const full = scope === "full";
    const before = full ? [] : [...this.#gone.standing, ...this.#wereCloseWait];
    const inodes = seen.flatMap(({ row: { inode } }) => (inode !== null && inode > 0 ? [inode] : []));
    const lingering = seen.flatMap(({ row: { inode, state } }) =>
      inode !== null && inode > 0 && LINGERING.has(state) ? [inode] : [],
    );
    // Those that were there before are asked for apart: that they have no holder now is no riddle, but the normal end.
    const request = { wanted: inodes, optional: before, epollOf: [...lingering, ...before], others: full };
    try {
      const walk = await desk.walk(request);
      why.push(...walk.why);
      return walk;
    } catch (error) {
      why.push(`holders: ${(error as Error).message}`);
      return NOBODY;
    }
  }

  async #findGone(
    {
      desk,
      tables,
      walk,
      scope,
      moment,
    }: { desk: Desk; tables: Tables; walk: WalkResult; scope: Scope; moment: Moment },
    why: string[],
  ): Promise<readonly SocketPayload[]> {
    const full = scope === "full";
    const shown = new Set(tables.seen.map(({ row }) => row.inode));
    const held: readonly OtherSocket[] = full ? walk.others : heldStill(walk, shown);
    const looked = {
      host: this.#host,
      tools: this.#tools ?? { ss: null, nsenter: null },
      namespaces: tables.namespaces,
    };
    try {
      const found = await this.#gone.find(looked, held, full);
      why.push(...found.why);
      if (found.gone.size === 0) return [];
      const holders = await desk.holdersOf([...found.gone.keys()]);
      return [...found.gone].map(([inode, closed]) =>
        gonePayload(moment, { inode, closed, holders: holders.get(inode) ?? [], before: this.#seen.get(inode) }),
      );
    } catch (error) {
      why.push(`closed sockets: ${(error as Error).message}`);
      return [];
    }
  }

  #remember({ seen }: Tables, gone: readonly SocketPayload[], scope: Scope): void {
    const before = this.#seen;
    if (scope === "full") this.#seen = new Map();
    for (const one of seen) if (one.row.inode) this.#seen.set(one.row.inode, one);
    for (const { inode } of gone) {
      // A copy: the row's strings are slices of one round's whole text.
      const last = before.get(inode ?? 0);
      if (inode !== null && last !== undefined) this.#seen.set(inode, structuredClone(last));
    }
    this.#wereCloseWait = new Set(
      seen.filter(({ row }) => row.state === "CLOSE_WAIT" && row.inode).map(({ row }) => row.inode ?? 0),
    );
  }

  #waited(inode: number): Waited | undefined {
    const seen = this.#seen.get(inode);
    return seen === undefined || seen.round === this.#rounds
      ? seen?.row
      : { ...seen.row, state: null, lastRcvMs: null };
  }

  async #describe(
    desk: Desk,
    sockets: readonly SocketPayload[],
    suspects: ReadonlySet<number> | undefined,
    { atUs }: Moment,
  ) {
    const pids = new Set(suspects);
    for (const { holders, ringPid } of sockets) {
      for (const { pid } of holders) pids.add(pid);
      if (ringPid !== null) pids.add(ringPid);
    }
    const facts = await desk.describe([...pids]).catch(() => []);
    return facts.map((fact) => ({ type: "process", atUs, ...fact }) as const);
  }

  async #sample(desk: Desk, pids: ReadonlySet<number>) {
    const samples = await desk.sample([...pids]).catch(() => []);
    return samples.flatMap(({ pid, fds, threads }) => {
      const groups = groupThreads(threads, (inode) => this.#waited(inode));
      const told = { type: "threads", pid, groups } as const;
      return fds === null ? [told] : [{ type: "limits", pid, fds } as const, told];
    });
  }
}

/** Remnants (of FIN_WAIT2, too) and requests are counted only; what is bound and not connected is found by its fd. */
function isEndpoint({ state, inode, timer }: Row): boolean {
  if (timer === "timewait" || state === "TIME_WAIT" || state === "NEW_SYN_RECV") return false;
  return state !== "CLOSE" && !(state === "SYN_RECV" && inode === 0);
}

function heldStill({ holders }: WalkResult, shown: ReadonlySet<number | null>): readonly OtherSocket[] {
  return [...holders].flatMap(([inode, [first]]) =>
    shown.has(inode) || first === undefined ? [] : [{ inode, pid: first.pid, fd: first.fd }],
  );
}
