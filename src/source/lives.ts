/**
 * Raw tuples about kernel addresses → events about sockets.
 *
 * The kernel reuses an address as soon as a socket is gone, and a program may connect one socket twice. Here each life of
 * an endpoint gets an id of its own, so that nothing downstream ever sees an address. What a tuple does not carry
 * (addresses, namespace, inode) is filled in from the life. Also here: who did it, only where the tuple can know.
 */
import type { Actor, CloseEvent, Hook, SocketEvent, Unnumbered } from "../model/event.ts";
import { isBirth, movesBetween, stateOf, type TcpState } from "../model/state.ts";
import type { RawOfSocket, RawOpened, RawState, RawSuspect } from "../wire/raw.ts";
import { asMapped, isAnother, type Life, newLife, of, place, toUs } from "./life.ts";

type Of<T extends RawOfSocket["tag"]> = Extract<RawOfSocket, { tag: T }>;
type Unplaced = Unnumbered<SocketEvent>;

const LEARNED: Readonly<Record<number, Hook>> = {
  1: "inet_csk_accept",
  2: "security_sock_graft",
  3: "sys_exit_accept",
  4: "inet_sock_set_state",
};
/** What an `opened` says of a socket that was seen to connect. */
const BY_CONNECT = 4;
const SHUTDOWN_HOW = { 1: "read", 2: "write", 3: "both" } as const;
/** PF_EXITING, include/linux/sched.h (Linux 6.12). */
const PF_EXITING = 4;

export class Lives {
  readonly #lives = new Map<number, Life>();
  /** Closes of sockets not seen before: the transition that follows tells whether it was a connection. */
  readonly #earlyCloses = new Map<number, Of<"close">>();
  /** Lean: who opened the socket of which the next tuple tells that it is a suspect. */
  #opened: RawOpened | null = null;

  /** How many addresses are held. */
  get size(): number {
    return this.#lives.size;
  }

  /** The events of one tuple, usually one. */
  follow(raw: RawOfSocket): Unplaced[] {
    switch (raw.tag) {
      case "state":
        return this.#state(raw);
      case "connect":
      case "accept":
        return [this.#open(raw)];
      case "read":
        return this.#read(raw);
      case "shutdown":
        return [this.#shutdown(raw)];
      case "close":
        return this.#close(raw);
      case "destroy":
        return this.#destroy(raw);
      case "opened":
        this.#opened = raw;
        return [];
      case "suspect":
        return this.#suspect(raw);
    }
  }

  #state(raw: RawState): Unplaced[] {
    const events: Unplaced[] = [];
    const { from, to } = raw;
    let life = this.#lives.get(raw.sk);
    if (life !== undefined && isAnother(life, raw)) {
      events.push(replaced(life, raw));
      life = undefined;
    }
    const isNew = life === undefined;
    life ??= this.#begin(raw);
    if (isNew && isBirth(from, to)) this.#earlyCloses.delete(raw.sk);
    place(life, raw);
    for (const [before, after] of missedMoves(life, raw, isNew)) {
      events.push({ type: "state", ...of(life, raw), from: before, to: after, inferred: true });
    }
    life.state = to;
    if (to === "ESTABLISHED") life.establishedUs = toUs(raw.ns);
    const early = this.#earlyCloses.get(raw.sk);
    if (early !== undefined) {
      this.#earlyCloses.delete(raw.sk);
      events.push(...this.#close(early));
    }
    const hadFile = life.inode !== null;
    if (raw.inode !== 0) life.inode = raw.inode;
    events.push({ type: "state", ...of(life, raw), inode: raw.inode, from, to });
    // Without its file it was let go before: tcp_done() destroys it in the same breath (net/ipv4/tcp.c, 6.12), and
    // should that probe not run, this is its word.
    if (to === "CLOSE" && hadFile && raw.inode === 0) events.push(this.#end(life, raw, NOBODY));
    return events;
  }

  /** Its life so far, told at once and late: each event has the time at which it happened. */
  #suspect(raw: RawSuspect): Unplaced[] {
    const events: Unplaced[] = [];
    const opened = this.#opened?.sk === raw.sk ? this.#opened : null;
    const before = this.#lives.get(raw.sk);
    if (before !== undefined) events.push(replaced(before, raw));
    const life = this.#begin({ sk: raw.sk, ns: opened?.at || raw.since || raw.pushed });
    place(life, { ...raw, local: asMapped(raw.local), remote: asMapped(raw.remote) });
    if (raw.inode !== 0) life.inode = raw.inode;
    if (opened !== null && opened.learned !== 0) events.push(firstOpen(life, opened));
    const move = (ns: number, from: TcpState, to: TcpState): void => {
      events.push({ type: "state", ...of(life, { ns }), from, to });
      life.state = to;
    };
    if (raw.since !== 0) move(raw.since, "ESTABLISHED", "CLOSE_WAIT");
    const from = stateOf(raw.from);
    if (from !== undefined) move(raw.pushed, from, "CLOSE");
    return events;
  }

  #open(raw: Of<"connect"> | Of<"accept">): Unplaced {
    const life = this.#known(raw);
    const atUs = toUs(raw.ns);
    if (raw.inode > 0) life.inode = raw.inode;
    const accepted = raw.tag === "accept";
    const queuedUs = accepted && life.establishedUs !== null ? Math.max(0, atUs - life.establishedUs) : null;
    const learned = accepted ? (LEARNED[raw.learned] ?? "sys_exit_accept") : "inet_sock_set_state";
    return {
      type: "open",
      ...of(life, raw),
      ...actor(raw),
      how: raw.tag,
      fd: raw.fd >= 0 ? raw.fd : null,
      queuedUs,
      learned,
    };
  }

  /** It is told in CLOSE_WAIT only (probes/): should that transition not have been, this is its word. */
  #read(raw: Of<"read">): Unplaced[] {
    const life = this.#known(raw);
    const moves = life.state === null ? [] : movesBetween(life.state, "CLOSE_WAIT");
    const missed = moves.map(([from, to]) => ({ type: "state", ...of(life, raw), from, to, inferred: true }) as const);
    if (missed.length > 0) life.state = "CLOSE_WAIT";
    return [...missed, { type: "read", ...of(life, raw), ...actor(raw), fd: null }];
  }

  #shutdown(raw: Of<"shutdown">): Unplaced {
    const how = SHUTDOWN_HOW[raw.how as keyof typeof SHUTDOWN_HOW] ?? "both";
    return { type: "shutdown", ...of(this.#known(raw), raw), ...actor(raw), how, fd: null };
  }

  #close(raw: Of<"close">): Unplaced[] {
    const life = this.#lives.get(raw.sk);
    if (life === undefined) {
      this.#earlyCloses.set(raw.sk, raw);
      return [];
    }
    life.letGo = true;
    const how = raw.how === 2 ? "tcp_close" : "close";
    const exiting = (raw.flags & PF_EXITING) !== 0;
    return [{ type: "close", ...of(life, raw), ...actor(raw), how, fd: null, exiting }];
  }

  #destroy(raw: Of<"destroy">): Unplaced[] {
    this.#earlyCloses.delete(raw.sk);
    const life = this.#lives.get(raw.sk);
    if (life === undefined) return [];
    // A held socket that has already left every TCP state is destroyed by its last holder's release, in that context.
    // Any other is destroyed by a timer or an incoming segment, on top of whoever is on the CPU.
    const released = life.state === "CLOSE" && !life.letGo && life.inode !== null;
    const who = released ? { ...actor(raw), exiting: (raw.flags & PF_EXITING) !== 0 } : NOBODY;
    const events: Unplaced[] = [];
    if (life.state !== null && life.state !== "CLOSE" && life.state !== "LISTEN") {
      events.push({ type: "state", ...of(life, raw), from: life.state, to: "CLOSE", inferred: true });
    }
    events.push(this.#end(life, raw, who));
    return events;
  }

  #end(life: Life, raw: RawOfSocket, who: Who): Unplaced {
    this.#lives.delete(raw.sk);
    return { type: "close", ...of(life, raw), ...who, how: "destroyed", fd: null };
  }

  #known(raw: RawOfSocket): Life {
    return this.#lives.get(raw.sk) ?? this.#begin(raw);
  }

  #begin({ sk, ns }: Pick<RawOfSocket, "sk" | "ns">): Life {
    const life = newLife(sk, ns);
    this.#lives.set(sk, life);
    return life;
  }
}

const NOBODY = { pid: null, tid: null, comm: null, exiting: null } as const;

type Who = Pick<CloseEvent, "pid" | "tid" | "comm" | "exiting">;

/** Moves that must have been made before this one: the probe of an interrupted program does not run (facts: recursion). */
function missedMoves(life: Life, { from, to }: RawState, isNew: boolean): readonly (readonly [TcpState, TcpState])[] {
  if (isBirth(from, to) || from === to) return [];
  // An endpoint is in these for a moment only: its birth was missed, not before our time.
  if (isNew && from === "SYN_RECV") return [["LISTEN", "SYN_RECV"]];
  if (isNew && from === "SYN_SENT") return [["CLOSE", "SYN_SENT"]];
  return life.state === null || life.state === from ? [] : movesBetween(life.state, from);
}

function firstOpen(life: Life, opened: RawOpened): Unplaced {
  const how = opened.learned === BY_CONNECT ? "connect" : "accept";
  const learned = LEARNED[opened.learned] ?? "sys_exit_accept";
  const fd = opened.fd >= 0 ? opened.fd : null;
  return { type: "open", ...of(life, { ns: opened.at }), ...actor(opened), how, fd, queuedUs: null, learned };
}

function replaced(life: Life, raw: RawOfSocket): Unplaced {
  return { type: "close", ...of(life, raw), ...NOBODY, how: "replaced", fd: null };
}

function actor(raw: { pid: number; tid: number; comm: string }): Actor {
  return { pid: raw.pid, tid: raw.tid, comm: raw.comm };
}
