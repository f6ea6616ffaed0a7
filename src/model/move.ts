/** What one move of the state machine means for a socket. */
import { type Closer, type Endpoint, hasBeenConnected, UNSEEN } from "./endpoint.ts";
import type { StateEvent } from "./event.ts";
import type { TcpState } from "./state.ts";

/** An older move than the latest one: it tells nothing about the state now. */
export function isLate(of: Endpoint, event: StateEvent): boolean {
  return of.stateSeen && event.atUs < of.movedUs;
}

/** Makes the move. */
export function makeMove(of: Endpoint, event: StateEvent, gaps: number): void {
  const { from, to, atUs } = event;
  if (to !== of.state || (from !== to && !of.stateSeen)) enter(of, event, gaps);
  of.connected ||= hasBeenConnected(from) || hasBeenConnected(to);
  if (of.peerClosedUs === UNSEEN && peerClosesBy(from, to)) {
    of.peerClosedUs = atUs;
    of.gapsAtAge = gaps;
  }
  if (to === "ESTABLISHED" && from !== to) of.establishedUs = atUs;
  if (event.recvQ !== undefined) of.recvQ = event.recvQ;
  of.stateSeen = true;
  of.movedUs = atUs;
}

function enter(of: Endpoint, event: StateEvent, gaps: number): void {
  of.state = event.to;
  of.stateSinceUs = event.atUs;
  if (of.peerClosedUs === UNSEEN) of.gapsAtAge = gaps;
}

/**
 * Whether the peer is gone with this move: its FIN (CLOSE_WAIT, CLOSING), its reset or its silence (→ CLOSE).
 * CLOSE_WAIT, LAST_ACK and CLOSING → CLOSE say nothing new: there the peer had closed at a time not seen.
 */
function peerClosesBy(from: TcpState, to: TcpState): boolean {
  if (from === to) return false;
  if (to === "CLOSE_WAIT" || to === "CLOSING") return true;
  return to === "CLOSE" && (from === "ESTABLISHED" || from === "FIN_WAIT1" || from === "FIN_WAIT2");
}

/** Who ends the connection with this move; null when this move is not the first step to an end. */
export function closerOf(from: TcpState, to: TcpState): Exclude<Closer, "unknown"> | null {
  if (from === "SYN_SENT" && to === "CLOSE") return "failed";
  if (from !== "ESTABLISHED" && from !== "SYN_RECV" && from !== "SYN_SENT") return null;
  if (to === "FIN_WAIT1") return "us";
  if (to === "CLOSE_WAIT") return "peer";
  return from === "ESTABLISHED" && to === "CLOSE" ? "reset" : null;
}

/** TCP is done with it, and yet it has its file: a close takes that away before. */
export function isHeld({ to, inode }: StateEvent): boolean {
  return to === "CLOSE" && inode !== null && inode > 0;
}
