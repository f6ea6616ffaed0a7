/** Towards whom? On the connect side the peer's address and port; else its address alone. */
import type { Address } from "../model/event.ts";
import type { SocketView } from "../model/snapshot.ts";
import type { Finding } from "./finding.ts";

/** Port of a peer that came to us (or may have): each of its connections has another one. */
export const ANY_PORT = 0;

function peerOf(remote: Address, side: SocketView["side"]): Address {
  return side === "connect" ? remote : { addr: remote.addr, port: ANY_PORT };
}

/** The sockets of one process with the same key go to one peer by one side. */
export function courseKey({ remote, side }: Pick<SocketView, "remote" | "side">): string {
  if (remote === null) return `${side}`;
  const { addr, port } = peerOf(remote, side);
  return `${side} ${addr} ${port}`;
}

/** Most first. */
export function peersOf(sockets: readonly { readonly socket: SocketView }[]): Finding["peers"] {
  const peers = new Map<string, Address & { count: number }>();
  for (const { socket } of sockets) {
    if (socket.remote === null) continue;
    const { addr, port } = peerOf(socket.remote, socket.side);
    const peer = peers.get(`${addr} ${port}`);
    if (peer === undefined) peers.set(`${addr} ${port}`, { addr, port, count: 1 });
    else peer.count += 1;
  }
  return [...peers.values()].sort((a, b) => b.count - a.count || compareText(a.addr, b.addr) || a.port - b.port);
}

/** The same everywhere, whatever the locale. */
export function compareText(a: string, b: string): number {
  return a === b ? 0 : a < b ? -1 : 1;
}
