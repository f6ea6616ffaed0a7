/** How the number of some sockets of a process went, from their ages and from the rounds that counted their peers. */
import type { History } from "../model/snapshot.ts";
import type { Subject } from "./case.ts";
import type { Past } from "./growth.ts";

type Aged = Pick<Subject, "socket" | "age">;

/** Of the sockets' sides and peers. Half-closed ones count only among themselves. */
export function pastOf(sockets: readonly Aged[], histories: readonly History[]): Past {
  const counted = sockets.some((of) => !isHalf(of)) ? (of: Aged) => !isHalf(of) : () => true;
  const agesMs: number[] = [];
  for (const of of sockets) if (of.age.basis !== "first-seen" && counted(of)) agesMs.push(of.age.minMs);
  return {
    agesMs,
    histories: histories.filter((history) => sockets.some((of) => counted(of) && counts(history, of.socket))),
  };
}

/** A census knows no side: there the history of an address is that of both sides and every port. */
function counts({ side, peer }: History, socket: Aged["socket"]): boolean {
  const { remote } = socket;
  if (peer === null || remote === null) return peer === remote;
  if (peer.addr !== remote.addr) return false;
  return side === null || (side === socket.side && (side === "accept" || peer.port === remote.port));
}

/** Keepalive makes of CLOSE_WAIT what is gone, and nothing makes a half-closed one of either. */
export function isHalf({ socket: { state } }: Pick<Aged, "socket">): boolean {
  return state !== "CLOSE_WAIT" && state !== "CLOSE";
}
