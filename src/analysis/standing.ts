/**
 * Leak, suspect, or only listed? Old enough is what has owed a close and not sent anything for that long, with nothing left
 * to send: a program that still sends makes use of a half-closed connection.
 */
import type { CensusEvent } from "../model/census.ts";
import { seenSo } from "./age.ts";
import type { Match, Subject } from "./case.ts";
import type { Confidence, Judged, Thresholds } from "./finding.ts";

type Ruling = { readonly standing: Judged["standing"]; readonly confidence: Confidence; readonly because: string };

export function rule(of: Subject, match: Match, thresholds: Thresholds): Ruling {
  const { confidence, because } = match;
  if (!match.canLeak) return { standing: "listed", confidence, because };
  const sending = whySending(of, thresholds);
  if (sending !== null) return { standing: "listed", confidence, because: `${because}; ${sending}` };
  const idle = idleMs(of);
  if (idle >= thresholds.olderThanMs) return { standing: "leak", confidence, because };
  if (isOpenEnded(of, thresholds)) {
    return { standing: "suspect", confidence: "possible", because: `${because}; it may be older or younger` };
  }
  return { standing: idle >= thresholds.suspectMs ? "suspect" : "listed", confidence, because };
}

/** For how long it has owed a close and sent nothing: when it was seen, since nobody knows what it sent after. */
export function idleMs({ socket, age }: Pick<Subject, "socket" | "age">): number {
  const seen = seenSo(socket);
  return seen === null || !canSend(seen) ? age.minMs : Math.min(age.minMs, seen.lastSndMs ?? Number.POSITIVE_INFINITY);
}

/** What has left TCP never sends again, and its stamps are of the one time that somebody asked for them. */
function canSend({ state }: CensusEvent): boolean {
  return state !== "CLOSE";
}

function whySending({ seen }: Subject, { suspectMs }: Thresholds): string | null {
  if (seen === null || !canSend(seen)) return null;
  if ((seen.sendQ ?? 0) > 0) return `${seen.sendQ} bytes wait to be sent`;
  return seen.lastSndMs !== null && seen.lastSndMs < suspectMs ? "data was sent just before" : null;
}

/** Only a census saw it, and nothing says how old it is but that data came in no later: a FIN ends that. */
function isOpenEnded({ age, seen }: Subject, { suspectMs, olderThanMs }: Thresholds): boolean {
  if (age.basis !== "first-seen" || seen === null || age.minMs >= olderThanMs) return false;
  const cameIn = canSend(seen) ? seen.lastRcvMs : null;
  return age.minMs >= suspectMs || cameIn === null || cameIn >= suspectMs;
}
