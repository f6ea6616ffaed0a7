/** Towards whom? On the connect side the peer's address and port; else its address alone. */
import type { Judged, Suspect } from "./finding.ts";

/** What fits into a table cell and is still worth reading. */
const PEERS_SHOWN = 5;
/** Port of a peer that came to us (or may have): each of its connections has another one. */
export const ANY_PORT = 0;

export function peersOf(sockets: readonly Judged[]): Suspect["peers"] {
  const peers = new Map<string, { addr: string; port: number; count: number }>();
  for (const { socket } of sockets) {
    if (socket.remote === null) continue;
    const { addr } = socket.remote;
    const port = socket.side === "connect" ? socket.remote.port : ANY_PORT;
    const peer = peers.get(`${addr} ${port}`);
    if (peer === undefined) peers.set(`${addr} ${port}`, { addr, port, count: 1 });
    else peer.count += 1;
  }
  return [...peers.values()].sort((a, b) => b.count - a.count).slice(0, PEERS_SHOWN);
}
