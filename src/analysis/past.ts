/** How the number of some sockets of a process went, from their ages and from the rounds that counted their peers. */
import type { History } from "../model/snapshot.ts";
import type { Subject } from "./case.ts";
import type { Past } from "./growth.ts";

type Aged = Pick<Subject, "socket" | "age">;

/** Of the sockets' sides and peers. Half-closed ones count only among themselves. */
export function pastOf(sockets: readonly Aged[], histories: readonly History[]): Past {
  const counted = sockets.filter((of) => !isHalf(of));
  const among = counted.length > 0 ? counted : sockets;
  const agesMs = among.flatMap(({ age }) => (age.basis === "first-seen" ? [] : age.minMs));
  const names = new Set(among.flatMap(namesOf));
  return { agesMs, histories: histories.filter((history) => names.has(nameOf(history))) };
}

/** Keepalive makes of CLOSE_WAIT what is gone, and nothing makes a half-closed one of either. */
export function isHalf({ socket: { state } }: Pick<Aged, "socket">): boolean {
  return state !== "CLOSE_WAIT" && state !== "CLOSE";
}

function nameOf({ side, peer }: Omit<History, "points">): string {
  return `${side} ${peer?.addr} ${side === "connect" ? peer?.port : ""}`;
}

/** A census knows no side: there the history of an address is that of both sides and every port. */
function namesOf({ socket: { remote, side } }: Aged): readonly string[] {
  const own = nameOf({ side, peer: remote });
  return side === null ? [own] : [own, nameOf({ side: null, peer: remote })];
}
