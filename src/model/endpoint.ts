/**
 * What is known of one socket: the only mutable record of it.
 *
 *   apart ──birth, a move, accept()──→ live ──released in CLOSE, destroyed, replaced──→ ended
 *     └──→ listener ──→ apart
 *
 * `apart` are sockets that may never have been connections: heard of, but in no book.
 */
import type { Address, OfSocket } from "./event.ts";
import type { Process } from "./processes.ts";
import type { Owner, Sight } from "./snapshot.ts";
import type { TcpState } from "./state.ts";
import { Timeline } from "./timeline.ts";

export type Phase = "apart" | "listener" | "live" | "ended";
export type Closer = "us" | "peer" | "reset" | "failed" | "unknown";

/** A time that was not seen. A number, since fields that are sometimes null are slow in V8. */
export const UNSEEN = -1;

export class Endpoint {
  readonly id: string;
  /** A probe's id of a socket that a census saw first. */
  secondId: string | null = null;
  readonly firstSeenUs: number;
  readonly timeline: Timeline;
  local: Address | null = null;
  remote: Address | null = null;
  netns: number | null = null;
  inode: number | null = null;
  phase: Phase = "apart";
  side: "accept" | "connect" | null = null;
  state: TcpState = "CLOSE";
  /** False while `state` is only deduced: from accept() or a read, before any move was seen. */
  stateSeen = false;
  /** Of the latest move. */
  movedUs: number;
  /** Since when it is in `state`. */
  stateSinceUs: number;
  establishedUs = UNSEEN;
  peerClosedUs = UNSEEN;
  /** Gaps of the stream up to the moment from which its age counts. */
  gapsAtAge: number;
  halfway = true;
  /** It was a connection once, so that it is worth a word when it is held for ever. */
  connected = false;
  closer: Closer | null = null;
  owner: Owner | null = null;
  process: Process | null = null;
  eofRead = false;
  /** Lean: bytes unread when it was told as a suspect, the FIN counted as one; else UNSEEN. */
  recvQ = UNSEEN;
  shutdown = false;
  letGo = false;
  /** First seen when our side had closed already: whoever held it had most likely let go before we came. */
  presumedLetGo = false;
  /** tcp_close ran: no holder is left. */
  released = false;
  sight: Sight | null = null;
  /** Sites (model/site.ts) where it was opened, first read after the FIN, and last used before; else UNSEEN. */
  openedAt = UNSEEN;
  eofReadAt = UNSEEN;
  lastUsedAt = UNSEEN;
  /** A probe told something of it … */
  traced = false;
  /** … the latest at this time. */
  heardUs = UNSEEN;
  /** The latest round of the census that saw it, and how many since have not. */
  sightRound = UNSEEN;
  missedRounds = 0;
  /** In the ledger's set of unclosed sockets. */
  unclosed = false;

  constructor(first: { readonly sock: string; readonly atUs: number }, gaps: number) {
    this.id = first.sock;
    this.firstSeenUs = first.atUs;
    this.movedUs = first.atUs;
    this.stateSinceUs = first.atUs;
    this.gapsAtAge = gaps;
    this.timeline = new Timeline(gaps);
  }

  /** Takes over what the event knows of the socket itself. */
  learn(event: Omit<OfSocket, "seq">): void {
    // Port 0 is a connect before the kernel chose a port: never a step back from a known one.
    if (event.local !== null && (event.local.port !== 0 || this.local === null)) this.local = event.local;
    if (event.remote !== null && (event.remote.port !== 0 || this.remote === null)) this.remote = event.remote;
    if (event.netns !== null) this.netns = event.netns;
    if (event.inode !== null) this.inode = event.inode;
  }

  /** Takes a state that an event implies, though the move itself was not seen. */
  deduce(state: TcpState, atUs: number, gaps: number): void {
    this.state = state;
    this.stateSeen = false;
    this.stateSinceUs = atUs;
    this.gapsAtAge = gaps;
    if (hasBeenConnected(state)) this.connected = true;
  }
}

const BEFORE_CONNECTED: ReadonlySet<TcpState> = new Set(["CLOSE", "LISTEN", "SYN_SENT", "SYN_RECV", "NEW_SYN_RECV"]);
const OUR_SIDE_CLOSED: ReadonlySet<TcpState> = new Set(["FIN_WAIT1", "FIN_WAIT2", "CLOSING", "LAST_ACK", "TIME_WAIT"]);
const HELD_WITHOUT_USE: ReadonlySet<TcpState> = new Set(["CLOSE", "FIN_WAIT2", "CLOSING", "LAST_ACK"]);

/** Whether only a connection can be in this state. */
export function hasBeenConnected(state: TcpState): boolean {
  return !BEFORE_CONNECTED.has(state);
}

/** Whether our side's FIN is out in this state. */
export function ourSideClosed(state: TcpState): boolean {
  return OUR_SIDE_CLOSED.has(state);
}

/**
 * Whether the program owes this socket a close: the peer has closed, or TCP is done with it, or our own half is
 * closed, and somebody still holds it. FIN_WAIT2 and LAST_ACK after a close are the kernel's business, not a leak.
 * A plain `close` in CLOSE_WAIT changes nothing: a socket that stays there has another holder.
 */
export function isUnclosed(of: Endpoint): boolean {
  if (of.phase !== "live" || !of.connected || of.released) return false;
  if (of.state === "CLOSE_WAIT") return true;
  return HELD_WITHOUT_USE.has(of.state) && !of.letGo && !of.presumedLetGo;
}

/** From when its age counts: since the peer closed where that was seen, else since it is in its state. */
export function ageStartUs(of: Endpoint): number {
  return of.peerClosedUs === UNSEEN ? of.stateSinceUs : of.peerClosedUs;
}
