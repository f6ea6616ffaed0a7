/** Which listening sockets may a connection have come in by? The kernel's order: its own address, the family's, both families'. */
import type { Address } from "../model/event.ts";
import type { ListenerView, SocketView } from "../model/snapshot.ts";
import { groupsOf } from "./groups.ts";

/** By port. */
export type Listeners = ReadonlyMap<number, readonly ListenerView[]>;

const NOBODY: readonly ListenerView[] = [];
const ANY_IPV4 = ["0.0.0.0"];
const ANY_IPV6 = ["::"];
/** "::" of /proc/net/tcp6 may be of IPv6 alone or of both families; ss writes "*" for the latter. */
const ANY = ["*", "::"];

export function indexListeners(listening: readonly ListenerView[]): Listeners {
  return groupsOf(listening, ({ local }) => local.port);
}

/** Several: they share address and port (SO_REUSEPORT); the longest queue first. Empty: nobody listens there, as far as seen. */
export function listenersOf({ local, netns }: SocketView, listeners: Listeners): readonly ListenerView[] {
  if (local === null || netns === null) return NOBODY;
  const there = listeners.get(local.port)?.filter((listener) => listener.netns === netns) ?? NOBODY;
  if (there.length === 0) return NOBODY;
  for (const addresses of [[local.addr], isIpv6(local) ? ANY_IPV6 : ANY_IPV4, ANY]) {
    const found = there.filter((listener) => addresses.includes(listener.local.addr));
    if (found.length > 0) return found.length === 1 ? found : found.toSorted((a, b) => (b.queue ?? 0) - (a.queue ?? 0));
  }
  return NOBODY;
}

function isIpv6({ addr }: Address): boolean {
  return addr.includes(":");
}
