/** Did it come to us (accept), or did we go to it (connect)? */
import type { CensusView, SocketView } from "../model/snapshot.ts";
import { type Listeners, listenersOf } from "./listeners.ts";

/**
 * Where the kernel takes ports of connecting sockets from (net.ipv4.ip_local_port_range begins there by default). A port below
 * it on which nobody listens may have been listened on before: then the side is not known.
 */
const FIRST_EPHEMERAL_PORT = 32_768;

/** The socket with its side: traced, else by who listens on its port. */
export function withSide(socket: SocketView, listeners: Listeners, census: CensusView | null): SocketView {
  const side = sideOf(socket, listeners, census);
  return side === socket.side ? socket : { ...socket, side };
}

function sideOf(socket: SocketView, listeners: Listeners, census: CensusView | null): SocketView["side"] {
  if (socket.side !== null || socket.local === null) return socket.side;
  if (listenersOf(socket, listeners).length > 0) return "accept";
  // Only a full round asks for listeners.
  const looked = socket.netns !== null && census?.lastFull?.netns.includes(socket.netns) === true;
  return looked && socket.local.port >= FIRST_EPHEMERAL_PORT ? "connect" : null;
}
