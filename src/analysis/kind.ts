/**
 * In what way is one unclosed socket not closed? The first kind that matches, in the order of finding.ts, by traced
 * evidence only. What needs the queues and all holders (no-holder, held-elsewhere, pool-idle) is the census's to say.
 */
import { formatDuration } from "../format/duration.ts";
import type { SocketView } from "../model/snapshot.ts";
import { ageUs, type Evidence } from "./evidence.ts";
import type { Age, Confidence, Judged, Kind } from "./finding.ts";

type Finding = {
  readonly kind: Kind;
  readonly confidence: Confidence;
  readonly because: string;
  /** Old enough, it is a leak; otherwise it is listed whatever its age. */
  readonly canLeak: boolean;
};

export function judge(socket: SocketView, evidence: Evidence): Judged {
  const { kind, confidence, because, canLeak } = find(socket, evidence);
  const standing = canLeak ? standingOf(ageUs(socket) / 1000, evidence) : "listed";
  const age: Age = { minMs: ageUs(socket) / 1000, maxMs: null, basis: "first-seen" };
  if (!socket.acrossGap) return { socket, kind, standing, confidence, age, because };
  // Its close, its read or its accept may be what was lost.
  const atMost = evidence.lossExplains || confidence === "possible" ? "possible" : "likely";
  return { socket, kind, standing, confidence: atMost, age, because: `${because}, across a gap in the events` };
}

function standingOf(ageMs: number, { thresholds }: Evidence): Judged["standing"] {
  if (ageMs >= thresholds.olderThanMs) return "leak";
  return ageMs >= thresholds.suspectMs ? "suspect" : "listed";
}

function find(socket: SocketView, evidence: Evidence): Finding {
  if (isNeverAccepted(socket)) return neverAccepted(socket, evidence);
  if (socket.state === "CLOSE") return goneUnclosed(socket);
  if (socket.state !== "CLOSE_WAIT") return halfClosed(socket);
  if (socket.letGo) return heldOn(socket);
  return socket.eofRead ? eofIgnored(socket) : eofNotRead(socket, evidence);
}

/** Nobody took it, and its whole life was watched. An inode shows that somebody did, unseen. */
function isNeverAccepted({ side, halfway, owner, eofRead, shutdown, inode }: SocketView): boolean {
  return side === "accept" && !halfway && owner === null && !eofRead && !shutdown && (inode === null || inode === 0);
}

function neverAccepted(socket: SocketView, { acceptsTraced }: Evidence): Finding {
  const certain = acceptsTraced && socket.inode === 0;
  const because = `no accept() took it, ${sincePeer(socket)}`;
  return { kind: "never-accepted", confidence: certain ? "certain" : "likely", because, canLeak: true };
}

function goneUnclosed(socket: SocketView): Finding {
  const because = `TCP ended it, no close for ${held(socket, ageUs(socket))}`;
  return { kind: "gone-unclosed", confidence: "certain", because, canLeak: true };
}

function halfClosed(socket: SocketView): Finding {
  const how = socket.shutdown ? "shut down" : "our half is closed";
  const because = `${how}, no close, ${socket.state} for ${held(socket, socket.inStateUs)}`;
  return { kind: "half-closed", confidence: socket.shutdown ? "certain" : "likely", because, canLeak: false };
}

/** Whether a second holder means it (a pre-forked worker may) is not known without the holders: no leak yet. */
function heldOn(socket: SocketView): Finding {
  const because = `a process let go of it, yet it is in CLOSE_WAIT for ${held(socket, socket.inStateUs)}`;
  return { kind: "unknown", confidence: "possible", because, canLeak: false };
}

function eofIgnored(socket: SocketView): Finding {
  const because = `read returned 0, no close for ${held(socket, ageUs(socket))}`;
  return { kind: "eof-ignored", confidence: "certain", because, canLeak: true };
}

function eofNotRead(socket: SocketView, { readsTraced }: Evidence): Finding {
  const watched = readsTraced && socket.peerClosedUs !== null;
  if (!watched) {
    const because = `${sincePeer(socket)}, no close; whether EOF was read is not known`;
    return { kind: "unknown", confidence: "likely", because, canLeak: true };
  }
  const because = `no read returned 0, ${sincePeer(socket)} (a read of exactly the last bytes would not show)`;
  return { kind: "eof-unread", confidence: "likely", because, canLeak: true };
}

function sincePeer(socket: SocketView): string {
  return `the peer closed ${held(socket, ageUs(socket))} ago`;
}

/** A lower bound where the peer's close was not seen. */
function held(socket: SocketView, us: number): string {
  return `${socket.peerClosedUs === null && socket.halfway ? "at least " : ""}${formatDuration(us / 1000)}`;
}
