/**
 * Raw tuples about kernel addresses → events about sockets.
 *
 * The kernel reuses an address as soon as a socket is gone, and a program may connect one socket twice. Here each life of
 * an endpoint gets an id of its own, so that nothing downstream ever sees an address. What a tuple does not carry
 * (addresses, namespace, inode) is filled in from the life. Also here: who did it, only where the tuple can know.
 */
import type { Unnumbered } from "../model/event.ts";
import { isBirth, movesBetween, type TcpState } from "../model/state.ts";
import { parseAddress } from "../wire/address.ts";
import type { RawOfSocket, RawState } from "../wire/raw.ts";
import {
  closeOf,
  endOf,
  impliedOf,
  type Known,
  moveOf,
  type Of,
  openOf,
  readOf,
  shutdownOf,
  toUs,
  type Unplaced,
} from "./told.ts";

type Life = Known & {
  localText: string;
  remoteText: string;
  state: TcpState | null;
  letGo: boolean;
};

export class Lives {
  readonly #lives = new Map<number, Life>();
  /** Closes of sockets not seen before: the transition that follows tells whether it was a connection. */
  readonly #earlyCloses = new Map<number, Of<"close">>();

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
        events.push(readOf(this.#known(raw), raw));
        break;
      case "shutdown":
        events.push(shutdownOf(this.#known(raw), raw));
        break;
      case "close":
        this.#close(raw, events);
        break;
      case "destroy":
        this.#destroy(raw, events);
    }
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
  // A number this great is an object of its own each time that it is assigned.
  if (life.netns !== netns) life.netns = netns;
}

const NONE: readonly (readonly [TcpState, TcpState])[] = [];

/** Moves that must have been made before this one: the probe of an interrupted program does not run (facts: recursion). */
function missedMoves(life: Life, { from, to }: RawState, isNew: boolean): readonly (readonly [TcpState, TcpState])[] {
  if (isBirth(from, to) || from === to) return NONE;
  // An endpoint is in these for a moment only: its birth was missed, not before our time.
  if (isNew && from === "SYN_RECV") return [["LISTEN", "SYN_RECV"]];
  if (isNew && from === "SYN_SENT") return [["CLOSE", "SYN_SENT"]];
  return life.state === null || life.state === from ? NONE : movesBetween(life.state, from);
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
