/** One socket of a finding, as the document tells it. */
import type { SocketView } from "../model/snapshot.ts";
import type { Age, Judged } from "./finding.ts";
import type { DocumentSocket } from "./findings-document.ts";

/** `pid`: of the process that the finding is about. */
export function documentSocket({ socket, standing, confidence, age }: Judged, pid: number | null): DocumentSocket {
  const { local, remote, state, inode, netns, owner, sight } = socket;
  const holders = sight?.seen.holders ?? [];
  const held = holders.find((holder) => holder.pid === pid);
  const openedHere = owner !== null && owner.pid === pid;
  return {
    local,
    remote,
    state,
    standing,
    confidence,
    oldest: wholeMs(age),
    unreadBytes: unreadBytesOf(socket),
    fd: held?.fd ?? (openedHere ? owner.fd : null),
    inode,
    netns,
    epoll: held?.epoll ?? null,
    holders: holders.map((holder) => ({ pid: holder.pid, fd: holder.fd })),
  };
}

/** Bounds stay bounds: rounded away from each other. */
export function wholeMs({ minMs, maxMs, basis }: Age): Age {
  return { minMs: Math.floor(minMs), maxMs: maxMs === null ? null : Math.ceil(maxMs), basis };
}

/** After the peer's close its FIN counts as one byte until it is consumed. */
function unreadBytesOf({ state, sight }: SocketView): number | null {
  const queued = sight?.seen.recvQ ?? null;
  if (queued === null) return null;
  return state === "CLOSE_WAIT" ? Math.max(0, queued - 1) : queued;
}
