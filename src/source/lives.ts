/**
 * Raw tuples about kernel addresses → events about sockets.
 *
 * The kernel reuses an address as soon as a socket is gone, and a program may connect one socket twice. Here each life of
 * an endpoint gets an id of its own, so that nothing downstream ever sees an address. What a tuple does not carry
 * (addresses, namespace, inode) is filled in from the life. Also here: who did it, only where the tuple can know.
 */
import type { Unnumbered } from "../model/event.ts";
import { forgetOldest } from "../model/forget-oldest.ts";
import { isBirth, movesBetween, stateOf, type TcpState } from "../model/state.ts";
import type { RawOfSocket, RawState } from "../wire/raw.ts";
import { asMapped, isAnother, type Life, newLife, place } from "./life.ts";
import {
  closeOf,
  endOf,
  impliedOf,
  moveOf,
  type Of,
  openOf,
  pastMoveOf,
  pastOpenOf,
  pathOf,
  readOf,
  shutdownOf,
  toUs,
  type Unplaced,
} from "./told.ts";

export class Lives {
  readonly #lives = new Map<number, Life>();
  /** Closes of sockets not seen before: the transition that follows tells whether it was a connection. */
  readonly #earlyCloses = new Map<number, Of<"close">>();
  /** What another bpftrace told of sockets before this stream did (last-use.ts), by address. */
  readonly #earlyPaths = new Map<number, Of<"path">[]>();
  /** Lean: who opened the socket of which the next tuple tells that it is a suspect. */
  #opened: Of<"opened"> | null = null;

  /** How many addresses are held. */
  get size(): number {
    return this.#lives.size;
  }

  /** The events of one tuple, usually one, are added to `events`. */
  follow(raw: RawOfSocket, events: Unnumbered[]): void {
    switch (raw.tag) {
      case "state":
        this.#state(raw, events);
        break;
      case "connect":
      case "accept":
        events.push(this.#open(raw));
        break;
      case "read":
        this.#read(raw, events);
        break;
      case "shutdown":
        events.push(shutdownOf(this.#known(raw), raw));
        break;
      case "close":
        this.#close(raw, events);
        break;
      case "destroy":
        this.#destroy(raw, events);
        break;
      case "opened":
        this.#opened = raw;
        break;
      case "suspect":
        this.#suspect(raw, events);
        break;
      case "path":
        this.#path(raw, events);
    }
    if (this.#earlyPaths.size > 0) this.#pathsEarly(raw, events);
  }

  #state(raw: RawState, events: Unnumbered[]): void {
    const { from, to } = raw;
    let life = this.#lives.get(raw.sk);
    if (life !== undefined && isAnother(life, raw)) {
      events.push(endOf(life, raw, "replaced"));
      life = undefined;
    }
    const isNew = life === undefined;
    life ??= this.#begin(raw);
    if (isNew && isBirth(from, to)) this.#earlyCloses.delete(raw.sk);
    place(life, raw);
    for (const [before, after] of missedMoves(life, raw, isNew)) events.push(impliedOf(life, raw, before, after));
    life.state = to;
    if (to === "ESTABLISHED") life.establishedUs = toUs(raw.ns);
    if (this.#earlyCloses.size > 0) this.#closeEarly(raw, events);
    const hadFile = life.inode !== null;
    if (raw.inode !== 0) life.inode = raw.inode;
    events.push(moveOf(life, raw));
    // Without its file it was let go before: tcp_done() destroys it in the same breath (net/ipv4/tcp.c, 6.12), and
    // should that probe not run, this is its word.
    if (to === "CLOSE" && hadFile && raw.inode === 0) events.push(this.#end(life, raw));
  }

  #closeEarly({ sk }: RawState, events: Unnumbered[]): void {
    const early = this.#earlyCloses.get(sk);
    if (early === undefined) return;
    this.#earlyCloses.delete(sk);
    this.#close(early, events);
  }

  #open(raw: Of<"connect"> | Of<"accept">): Unplaced {
    const life = this.#known(raw);
    if (raw.inode > 0) life.inode = raw.inode;
    return openOf(life, raw);
  }

  /** It is told in CLOSE_WAIT only (probes/): should that transition not have been, this is its word. */
  #read(raw: Of<"read">, events: Unnumbered[]): void {
    const life = this.#known(raw);
    const missed = life.state === null ? NONE : movesBetween(life.state, "CLOSE_WAIT");
    for (const [from, to] of missed) events.push(impliedOf(life, raw, from, to));
    if (missed.length > 0) life.state = "CLOSE_WAIT";
    events.push(readOf(life, raw));
  }

  /** Its life so far, told at once and late: each event has the time at which it happened. */
  #suspect(raw: Of<"suspect">, events: Unnumbered[]): void {
    const opened = this.#opened?.sk === raw.sk ? this.#opened : null;
    const before = this.#lives.get(raw.sk);
    if (before !== undefined) events.push(endOf(before, raw, "replaced"));
    const life = this.#begin({ sk: raw.sk, ns: opened?.at || raw.since || raw.pushed });
    place(life, { ...raw, local: asMapped(raw.local), remote: asMapped(raw.remote) });
    if (raw.inode !== 0) life.inode = raw.inode;
    const move = (ns: number, from: TcpState, to: TcpState, recvQ?: number): void => {
      events.push(pastMoveOf(life, { ns, from, to, ...(recvQ !== undefined && { recvQ }) }));
      life.state = to;
    };
    if (opened !== null && opened.learned !== 0) events.push(pastOpenOf(life, opened));
    // Nobody has accepted it: then the time is that of its birth.
    else if (opened?.born === 1) move(opened.at, "LISTEN", "SYN_RECV");
    // Sequence numbers are 32 bits, and wrap.
    if (raw.since !== 0) move(raw.since, "ESTABLISHED", "CLOSE_WAIT", (raw.nxt - raw.copied) >>> 0);
    const from = stateOf(raw.from);
    if (from !== undefined) move(raw.pushed, from, "CLOSE");
  }

  /** Of a socket that nothing has told of it waits until something does. */
  #path(raw: Of<"path">, events: Unnumbered[]): void {
    const life = this.#lives.get(raw.sk);
    if (life === undefined) this.#keepPath(raw);
    const path = life === undefined ? undefined : pathOf(life, raw);
    if (path !== undefined) events.push(path);
  }

  #keepPath(raw: Of<"path">): void {
    const paths = this.#earlyPaths.get(raw.sk) ?? [];
    // An address is used again by others: the last words of each role count.
    this.#earlyPaths.set(raw.sk, [...paths.filter(({ role }) => role !== raw.role), raw]);
    forgetOldest(this.#earlyPaths, EARLY_MAX);
  }

  #pathsEarly({ sk }: RawOfSocket, events: Unnumbered[]): void {
    const life = this.#lives.get(sk);
    const paths = life === undefined ? undefined : this.#earlyPaths.get(sk);
    if (life === undefined || paths === undefined) return;
    this.#earlyPaths.delete(sk);
    for (const raw of paths) {
      const path = raw.ns < life.bornNs - SAME_MOMENT_NS ? undefined : pathOf(life, raw);
      if (path !== undefined) events.push(path);
    }
  }

  #close(raw: Of<"close">, events: Unnumbered[]): void {
    const life = this.#lives.get(raw.sk);
    if (life === undefined) {
      this.#earlyCloses.set(raw.sk, raw);
      return;
    }
    life.letGo = true;
    events.push(closeOf(life, raw));
  }

  #destroy(raw: Of<"destroy">, events: Unnumbered[]): void {
    this.#earlyCloses.delete(raw.sk);
    const life = this.#lives.get(raw.sk);
    if (life === undefined) return;
    // A held socket that has already left every TCP state is destroyed by its last holder's release, in that context.
    // Any other is destroyed by a timer or an incoming segment, on top of whoever is on the CPU.
    const released = life.state === "CLOSE" && !life.letGo && life.inode !== null;
    if (life.state !== null && life.state !== "CLOSE" && life.state !== "LISTEN") {
      events.push(impliedOf(life, raw, life.state, "CLOSE"));
    }
    events.push(this.#end(life, raw, released ? raw : null));
  }

  #end(life: Life, raw: RawOfSocket, who: Of<"destroy"> | null = null): Unplaced {
    this.#lives.delete(raw.sk);
    return endOf(life, raw, "destroyed", who);
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

const EARLY_MAX = 4_096;
/** Two programs at one tracepoint tell of the same moment one after the other. */
const SAME_MOMENT_NS = 1_000_000;
const NONE: readonly (readonly [TcpState, TcpState])[] = [];

/** Moves that must have been made before this one: the probe of an interrupted program does not run (facts: recursion). */
function missedMoves(life: Life, { from, to }: RawState, isNew: boolean): readonly (readonly [TcpState, TcpState])[] {
  if (isBirth(from, to) || from === to) return NONE;
  // An endpoint is in these for a moment only: its birth was missed, not before our time.
  if (isNew && from === "SYN_RECV") return [["LISTEN", "SYN_RECV"]];
  if (isNew && from === "SYN_SENT") return [["CLOSE", "SYN_SENT"]];
  return life.state === null || life.state === from ? NONE : movesBetween(life.state, from);
}
