/** The record that `lives.ts` keeps of one life of one endpoint at a kernel address, and what can be asked of it. */
import { isBirth, type TcpState } from "../model/state.ts";
import { parseAddress } from "../wire/address.ts";
import type { RawState } from "../wire/raw.ts";
import { type Known, toUs } from "./told.ts";

export type Life = Known & {
  /** When it was first told of, or is known to have begun. */
  readonly bornNs: number;
  localText: string;
  remoteText: string;
  state: TcpState | null;
  letGo: boolean;
};

export function newLife(sk: number, ns: number): Life {
  return {
    id: lifeId(sk, toUs(ns)),
    bornNs: ns,
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
}

/**
 * Whether a transition at a known address belongs to another endpoint than the one known. What was not set yet says
 * nothing: a connecting socket's port, and up to some Linux after 6.12 a child's peer and address at LISTEN → SYN_RECV.
 */
export function isAnother(life: Life, { from, to, local, lport, remote, rport }: RawState): boolean {
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

type Place = Pick<RawState, "local" | "lport" | "remote" | "rport" | "netns">;

/** Addresses as the transition tells them; parsed only when they changed, for most transitions repeat them. */
export function place(life: Life, { local, lport, remote, rport, netns }: Place): void {
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

/** As transitions are printed, which know v4 by its mapping only. */
export function asMapped(address: string): string {
  return address.includes(":") ? address : `::ffff:${address}`;
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
