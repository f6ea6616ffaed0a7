/** Towards whom? On the connect side the peer's address and port; else its address alone. */
import type { Address } from "../model/event.ts";
import type { SocketView } from "../model/snapshot.ts";
import type { Finding } from "./finding.ts";

/** Port of a peer that came to us (or may have): each of its connections has another one. */
export const ANY_PORT = 0;

/**
 * Keyed by address, then port: a key spelled out for each of twenty thousand sockets costs more than all the rest. Mostly one
 * follows another of the same peer.
 */
class ByPeer<T> {
  readonly #byAddr = new Map<string | null, Map<number, T>>();
  #latest: { readonly addr: string | null; readonly port: number; readonly value: T } | null = null;

  get({ remote, side }: Ends): T | undefined {
    const addr = remote === null ? null : remote.addr;
    const port = portOf(remote, side);
    const latest = this.#latest;
    if (latest !== null && latest.addr === addr && latest.port === port) return latest.value;
    const value = this.#byAddr.get(addr)?.get(port);
    if (value !== undefined) this.#latest = { addr, port, value };
    return value;
  }

  set({ remote, side }: Ends, value: T): void {
    const addr = remote === null ? null : remote.addr;
    const port = portOf(remote, side);
    const ports = this.#byAddr.get(addr);
    if (ports === undefined) this.#byAddr.set(addr, new Map([[port, value]]));
    else ports.set(port, value);
    this.#latest = { addr, port, value };
  }
}

type Ends = Pick<SocketView, "remote" | "side">;

function portOf(remote: Address | null, side: SocketView["side"]): number {
  return side === "connect" && remote !== null ? remote.port : ANY_PORT;
}

/** What goes to one peer, together, in the order of its first; one more group of those of which none is known. */
export function groupsByPeer<T extends { readonly socket: Ends }>(all: Iterable<T>): readonly (readonly T[])[] {
  const byPeer = new ByPeer<T[]>();
  const groups: T[][] = [];
  for (const one of all) {
    const group = byPeer.get(one.socket);
    if (group !== undefined) group.push(one);
    else {
      const begun = [one];
      byPeer.set(one.socket, begun);
      groups.push(begun);
    }
  }
  return groups;
}

/** Whether a socket goes to a peer of one of these, all of one side. */
export function towardsSame(sockets: readonly { readonly socket: Ends }[]): (socket: Ends) => boolean {
  const peers = new ByPeer<true>();
  for (const { socket } of sockets) if (peers.get(socket) === undefined) peers.set(socket, true);
  const side = sockets[0]?.socket.side;
  return (socket) => socket.side === side && peers.get(socket) === true;
}

/** Most first. */
export function peersOf(sockets: readonly { readonly socket: Ends }[]): Finding["peers"] {
  const peers: (Address & { readonly count: number })[] = [];
  for (const group of groupsByPeer(sockets)) {
    const { remote, side } = (group[0] as { readonly socket: Ends }).socket;
    if (remote !== null) peers.push({ addr: remote.addr, port: portOf(remote, side), count: group.length });
  }
  return peers.sort((a, b) => b.count - a.count || compareText(a.addr, b.addr) || a.port - b.port);
}

/** The same everywhere, whatever the locale. */
export function compareText(a: string, b: string): number {
  return a === b ? 0 : a < b ? -1 : 1;
}
