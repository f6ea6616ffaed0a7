/**
 * Raw tuples about kernel addresses → events about sockets.
 *
 * The kernel reuses an address as soon as a socket is gone, and a program may connect one socket twice. Here each life of
 * an endpoint gets an id of its own, so that nothing downstream ever sees an address. What a tuple does not carry
 * (addresses, namespace, inode) is filled in from the life. Also here: who did it, only where the tuple can know.
 */
import type { Actor, Address, CloseEvent, Hook, OfSocket, SocketEvent, Unnumbered } from "../model/event.ts";
import { isBirth, movesBetween, type TcpState } from "../model/state.ts";
import { parseAddress } from "../wire/address.ts";
import type { RawOfSocket, RawState } from "../wire/raw.ts";

type Life = {
  readonly id: string;
  local: Address | null;
  localText: string;
  remote: Address | null;
  remoteText: string;
  netns: number | null;
  /** Null until it has, or had, a file. */
  inode: number | null;
  state: TcpState | null;
  establishedUs: number | null;
  letGo: boolean;
};

type Of<T extends RawOfSocket["tag"]> = Extract<RawOfSocket, { tag: T }>;
type Unplaced = Unnumbered<SocketEvent>;

const LEARNED: Readonly<Record<number, Hook>> = {
  1: "inet_csk_accept",
  2: "security_sock_graft",
  3: "sys_exit_accept",
};
const SHUTDOWN_HOW = { 1: "read", 2: "write", 3: "both" } as const;
/** PF_EXITING, include/linux/sched.h (Linux 6.12). */
const PF_EXITING = 4;

export class Lives {
  readonly #lives = new Map<number, Life>();
  /** Closes of sockets not seen before: the transition that follows tells whether it was a connection. */
  readonly #earlyCloses = new Map<number, Of<"close">>();

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
        return [{ type: "read", ...of(this.#known(raw), raw), ...actor(raw), fd: null }];
      case "shutdown":
        return [this.#shutdown(raw)];
      case "close":
        return this.#close(raw);
      case "destroy":
        return this.#destroy(raw);
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

  #begin(raw: RawOfSocket): Life {
    const life: Life = {
      id: lifeId(raw.sk, toUs(raw.ns)),
      local: null,
      localText: "",
      remote: null,
      remoteText: "",
      netns: null,
      inode: null,
      state: null,
      establishedUs: null,
      letGo: false,
    };
    this.#lives.set(raw.sk, life);
    return life;
  }
}

const NOBODY = { pid: null, tid: null, comm: null, exiting: null } as const;

type Who = Pick<CloseEvent, "pid" | "tid" | "comm" | "exiting">;

/**
 * Whether a transition at a known address belongs to another endpoint than the one known. What was not set yet says
 * nothing: a connecting socket's port, and up to some Linux after 6.12 a child's peer and address at LISTEN → SYN_RECV.
 */
function isAnother(life: Life, { from, to, local, lport, remote, rport }: RawState): boolean {
  if (isBirth(from, to) || to === "LISTEN") return true;
  if (life.state === "LISTEN") return false;
  const samePort = !life.local?.port || lport === 0 || lport === life.local.port;
  const sameAddress = isUnspecified(life.localText) || isUnspecified(local) || local === life.localText;
  const samePeer = life.remote === null || rport === 0 || (rport === life.remote.port && remote === life.remoteText);
  return !(samePort && sameAddress && samePeer);
}

function isUnspecified(address: string): boolean {
  return address === "" || address === "::" || address === "::ffff:0.0.0.0";
}

/** Addresses as the transition tells them; parsed only when they changed, for most transitions repeat them. */
function place(life: Life, { local, lport, remote, rport, netns }: RawState): void {
  if (life.localText !== local || life.local?.port !== lport) {
    life.localText = local;
    life.local = parseAddress(local, lport);
  }
  if (rport !== 0 && (life.remoteText !== remote || life.remote?.port !== rport)) {
    life.remoteText = remote;
    life.remote = parseAddress(remote, rport);
  }
  life.netns = netns;
}

/** Moves that must have been made before this one: the probe of an interrupted program does not run (facts: recursion). */
function missedMoves(life: Life, { from, to }: RawState, isNew: boolean): readonly (readonly [TcpState, TcpState])[] {
  if (isBirth(from, to) || from === to) return [];
  // An endpoint is in these for a moment only: its birth was missed, not before our time.
  if (isNew && from === "SYN_RECV") return [["LISTEN", "SYN_RECV"]];
  if (isNew && from === "SYN_SENT") return [["CLOSE", "SYN_SENT"]];
  return life.state === null || life.state === from ? [] : movesBetween(life.state, from);
}

function replaced(life: Life, raw: RawState): Unplaced {
  return { type: "close", ...of(life, raw), ...NOBODY, how: "replaced", fd: null };
}

function of(life: Life, raw: RawOfSocket): Omit<OfSocket, "seq"> {
  return {
    atUs: toUs(raw.ns),
    sock: life.id,
    local: life.local,
    remote: life.remote,
    netns: life.netns,
    inode: life.inode,
  };
}

function actor(raw: { pid: number; tid: number; comm: string }): Actor {
  return { pid: raw.pid, tid: raw.tid, comm: raw.comm };
}

function toUs(ns: number): number {
  return Math.floor(ns / 1000);
}

/**
 * An id of address and first sight: the same for the same life in every recording of this boot, and not the address
 * itself, which would tell a reader of a recording where the kernel's heap lies.
 */
function lifeId(sk: number, atUs: number): string {
  const high = mix(sk % 0x1_0000_0000, Math.floor(atUs / 0x1_0000_0000));
  const low = mix((Math.floor(sk / 64) % 0x1_0000_0000) ^ high, atUs % 0x1_0000_0000);
  return (high >>> 4).toString(36).padStart(6, "0") + low.toString(36).padStart(7, "0");
}

/** Two rounds of the 32-bit finalizer of MurmurHash3 (public domain). */
function mix(a: number, b: number): number {
  let hash = (a | 0) ^ Math.imul(b | 0, 0x9e3779b1);
  for (let round = 0; round < 2; round++) {
    hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
    hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
    hash ^= hash >>> 16;
    hash = (hash + b) | 0;
  }
  return hash >>> 0;
}
