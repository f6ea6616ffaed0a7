/** Which listening sockets may a connection have come in by? The kernel's order: its own address, the family's, both families'. */
import type { Address } from "../model/event.ts";
import type { ListenerView, SocketView } from "../model/snapshot.ts";
import { groupsOf } from "./groups.ts";

/** By port. */
export type Listeners = ReadonlyMap<number, readonly ListenerView[]>;

const NOBODY: readonly ListenerView[] = [];
export function indexListeners(listening: readonly ListenerView[]): Listeners {
  return groupsOf(listening, ({ local }) => local.port);
}

/** Several: they share address and port (SO_REUSEPORT); the longest queue first. Empty: nobody listens there, as far as seen. */
export function listenersOf({ local, netns }: SocketView, listeners: Listeners): readonly ListenerView[] {
  const there = local === null || netns === null ? undefined : listeners.get(local.port);
  if (local === null || there === undefined) return NOBODY;
  let found: ListenerView[] = [];
  let nearest = NOT_FOR_IT;
  for (const listener of there) {
    const distance = listener.netns === netns ? distanceOf(listener.local, local) : NOT_FOR_IT;
    if (distance < nearest) [nearest, found] = [distance, []];
    if (distance === nearest && distance !== NOT_FOR_IT) found.push(listener);
  }
  return found.length < 2 ? found : found.sort((a, b) => (b.queue ?? 0) - (a.queue ?? 0));
}

const NOT_FOR_IT = 3;

/** "::" of /proc/net/tcp6 may be of IPv6 alone or of both families; ss writes "*" for the latter. */
function distanceOf(listens: Address, local: Address): number {
  if (listens.addr === local.addr) return 0;
  if (listens.addr === (isIpv6(local) ? "::" : "0.0.0.0")) return 1;
  return listens.addr === "*" || listens.addr === "::" ? 2 : NOT_FOR_IT;
}

function isIpv6({ addr }: Address): boolean {
  return addr.includes(":");
}
