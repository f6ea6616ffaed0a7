/** Which listening sockets may a connection have come in by? The kernel's order: its own address, the family's, both families'. */
import type { Address } from "../model/event.ts";
import type { ListenerView, SocketView } from "../model/snapshot.ts";
import { groupsOf } from "./groups.ts";

export type Listeners = ReadonlyMap<string, readonly ListenerView[]>;

/** By namespace and port. */
export function indexListeners(listening: readonly ListenerView[]): Listeners {
  return groupsOf(listening, ({ netns, local }) => keyOf(netns, local.port));
}

/** Several: they share address and port (SO_REUSEPORT); the longest queue first. Empty: nobody listens there, as far as seen. */
export function listenersOf({ local, netns }: SocketView, listeners: Listeners): readonly ListenerView[] {
  if (local === null || netns === null) return [];
  const there = listeners.get(keyOf(netns, local.port)) ?? [];
  for (const addresses of reachedBy(local)) {
    const found = there.filter((listener) => addresses.includes(listener.local.addr));
    if (found.length > 0) return found.toSorted((a, b) => (b.queue ?? 0) - (a.queue ?? 0));
  }
  return [];
}

/** "::" of /proc/net/tcp6 may be of IPv6 alone or of both families; ss writes "*" for the latter. */
function reachedBy({ addr }: Address): readonly (readonly string[])[] {
  return [[addr], [addr.includes(":") ? "::" : "0.0.0.0"], ["*", "::"]];
}

function keyOf(netns: number | null, port: number): string {
  return `${netns} ${port}`;
}
