/** Still in the accept queue: nobody has called accept() for it. */
import type { SocketView } from "../../model/snapshot.ts";
import { seenSo } from "../age.ts";
import type { Match, Question } from "../case.ts";
import { agoText } from "../wording.ts";

/** A queued socket has no file: sk_socket is set by accept(). Or nobody was seen to take it in a life watched as a whole. */
export function isQueued(socket: SocketView): boolean {
  const { side, owner, eofRead, shutdown } = socket;
  if (side === "connect" || owner !== null || eofRead || shutdown) return false;
  const seen = seenSo(socket);
  if (socket.state === "CLOSE_WAIT" && seen !== null) return seen.inode === 0 && seen.holders.length === 0;
  return side === "accept" && !socket.halfway && (socket.inode === null || socket.inode === 0);
}

export const neverAccepted: Question = (of, { acceptsTraced }) => {
  if (!isQueued(of.socket)) return null;
  const certain = of.doors <= 1 && (of.seen !== null || (acceptsTraced && of.socket.inode === 0));
  const match = { kind: "never-accepted", confidence: certain ? "certain" : "likely", canLeak: true } as const;
  return { ...match, because: `no accept() took it, ${agoText(of)}${doorsText(of.doors)}` } satisfies Match;
};

function doorsText(doors: number): string {
  return doors > 1 ? `; ${doors} listening sockets share its port` : "";
}
