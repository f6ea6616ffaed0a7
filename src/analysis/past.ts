/** How the number of some sockets of a process went, from their ages and from the rounds that counted their peers. */
import type { Address } from "../model/event.ts";
import type { History } from "../model/snapshot.ts";
import type { Subject } from "./case.ts";
import type { Past } from "./growth.ts";

type Aged = Pick<Subject, "socket" | "age">;

/** Of the sockets' sides and peers. Half-closed ones count only among themselves. */
export function pastOf(sockets: readonly Aged[], histories: readonly History[]): Past {
  const counted = sockets.filter((of) => !isHalf(of));
  const among = counted.length > 0 ? counted : sockets;
  const known = among.filter(({ age }) => age.basis !== "first-seen");
  return { agesMs: known.map(({ age }) => age.minMs), histories: historiesOf(among, histories) };
}

function historiesOf(sockets: readonly Aged[], histories: readonly History[]): readonly History[] {
  if (histories.length === 0) return histories;
  const names = new Set<string>();
  for (const { socket } of sockets) {
    names.add(nameOf(socket.side, socket.remote));
    // A census knows no side: there the history of an address is that of both sides and every port.
    names.add(nameOf(null, socket.remote));
  }
  return histories.filter(({ side, peer }) => names.has(nameOf(side, peer)));
}

/** Keepalive makes of CLOSE_WAIT what is gone, and nothing makes a half-closed one of either. */
export function isHalf({ socket: { state } }: Pick<Aged, "socket">): boolean {
  return state !== "CLOSE_WAIT" && state !== "CLOSE";
}

function nameOf(side: History["side"], peer: Address | null): string {
  return `${side} ${peer?.addr} ${side === "connect" ? peer?.port : ""}`;
}
