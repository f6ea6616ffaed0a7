/**
 * For how long has a program owed this socket a close?
 *
 * Seen to begin by a probe: exact. Else TCP_INFO's stamps bound it, as the kernel moves them (net/ipv4/tcp_input.c and
 * tcp_output.c, 6.12):
 *
 *   rcv_tstamp  lastack   each segment with an ACK that the slow path takes, and a FIN always takes it: age ≥ lastack
 *   lrcvtime    lastrcv   each segment with data, so that a bare FIN leaves it; none is taken after a FIN: age ≤ lastrcv
 *   lsndtime    lastsnd   each segment with data that we send, and retransmissions
 *
 *   ──data in──┬──data out──┬──FIN──┬──(an ACK of what was sent before)──┬── now
 *           lastrcv      lastsnd    age                               lastack
 *
 * So lastack ≤ age ≤ lastrcv in CLOSE_WAIT. In FIN_WAIT2 the last ACK to count is that of our FIN, and after it we send
 * nothing: lastack ≤ age ≤ lastsnd. Keepalive's answers keep lastack young for ever, and lastsnd < lastack means data without
 * an answer: neither bound is worth anything then, and the time since a census first saw it so remains. All stamps are 32
 * bits of milliseconds or less: older than 49 days they begin anew, which lastrcv < lastack may show, or may not.
 */
import type { CensusEvent } from "../model/census.ts";
import type { SocketView } from "../model/snapshot.ts";
import type { Age } from "./finding.ts";

/** 2^32 ms are 49.7 days. */
const STAMPS_WRAP_MS = 49 * 86_400_000;

export type AgeContext = {
  readonly atUs: number;
  /** Probes tell when it is closed. Without them it is known to stand only until the latest look. */
  readonly traced: boolean;
  /** When the process began; null: not known, so the start of the machine counts (CLOCK_BOOTTIME 0). */
  readonly startedUs: number | null;
};

export function ageOf(socket: SocketView, { atUs, traced, startedUs }: AgeContext): Age {
  const tracedUs = tracedAgeUs(socket, atUs);
  if (tracedUs !== null) return { minMs: tracedUs / 1000, maxMs: tracedUs / 1000, basis: "traced" };
  const seen = seenSo(socket);
  if (seen === null) return { minMs: socket.inStateUs / 1000, maxMs: null, basis: "first-seen" };
  const standsUs = traced ? atUs : seen.atUs;
  const sinceUs = Math.min(atUs - socket.inStateUs, socket.sight?.sinceUs ?? seen.atUs);
  const firstSeenMs = Math.max(0, standsUs - sinceUs) / 1000;
  const bounds = atUs - (startedUs ?? 0) < STAMPS_WRAP_MS * 1000 ? boundsOf(seen) : null;
  if (bounds === null) return { minMs: firstSeenMs, maxMs: null, basis: "first-seen" };
  const lookedMs = Math.max(0, standsUs - seen.atUs) / 1000;
  const minMs = Math.max(firstSeenMs, bounds.minMs + lookedMs);
  return { minMs, maxMs: Math.max(minMs, bounds.maxMs + lookedMs), basis: "tcp_info" };
}

/** The first of those whose lower bound is the highest; null of none. */
export function oldestOf(sockets: readonly { readonly age: Age }[]): Age | null {
  let oldest: Age | null = null;
  for (const { age } of sockets) if (oldest === null || age.minMs > oldest.minMs) oldest = age;
  return oldest;
}

/** What the latest census said of it, if that is the state that it is in. */
export function seenSo({ sight, state }: SocketView): CensusEvent | null {
  return sight?.seen.state === state ? sight.seen : null;
}

/** In CLOSE_WAIT, and after it, the peer's FIN began it; else the move into its state. Null: nobody saw that. */
function tracedAgeUs({ state, traced, inStateUs, peerClosedUs, sight }: SocketView, atUs: number): number | null {
  if (state === "CLOSE_WAIT" || state === "CLOSE") if (peerClosedUs !== null) return peerClosedUs;
  // A read of EOF tells CLOSE_WAIT, and a census any state, after it has begun.
  if (!traced || state === "CLOSE_WAIT") return null;
  return atUs - inStateUs === sight?.sinceUs ? null : inStateUs;
}

/** A socket in no table has no stamps. LAST_ACK and CLOSING wait for an ACK, so that lastack is from before them. */
function boundsOf(seen: CensusEvent): { readonly minMs: number; readonly maxMs: number } | null {
  const { lastAckMs: ack, lastRcvMs: rcv, lastSndMs: snd, timer, state } = seen;
  if (ack === null || rcv === null || snd === null || timer === "keepalive" || snd < ack) return null;
  if (state === "FIN_WAIT2") return { minMs: ack, maxMs: snd };
  return state === "CLOSE_WAIT" && rcv >= ack ? { minMs: ack, maxMs: rcv } : null;
}
