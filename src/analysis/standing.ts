/**
 * Leak, suspect, or only listed? Old enough is what has owed a close and not sent anything for that long, with nothing left
 * to send: a program that still sends makes use of a half-closed connection.
 */
import type { Match, Subject } from "./case.ts";
import type { Confidence, Judged, Thresholds } from "./finding.ts";

type Ruling = { readonly standing: Judged["standing"]; readonly confidence: Confidence; readonly because: string };

export function rule(of: Subject, match: Match, thresholds: Thresholds): Ruling {
  const { confidence, because } = match;
  if (!match.canLeak) return { standing: "listed", confidence, because };
  const sending = whySending(of, thresholds);
  if (sending !== null) return { standing: "listed", confidence, because: `${because}; ${sending}` };
  const idleMs = Math.min(of.age.minMs, of.seen?.lastSndMs ?? Number.POSITIVE_INFINITY);
  if (idleMs >= thresholds.olderThanMs) return { standing: "leak", confidence, because };
  if (isOpenEnded(of, thresholds)) {
    return { standing: "suspect", confidence: "possible", because: `${because}; it may be older or younger` };
  }
  return { standing: idleMs >= thresholds.suspectMs ? "suspect" : "listed", confidence, because };
}

function whySending({ seen }: Subject, { suspectMs }: Thresholds): string | null {
  if (seen === null) return null;
  if ((seen.sendQ ?? 0) > 0) return `${seen.sendQ} bytes wait to be sent`;
  return seen.lastSndMs !== null && seen.lastSndMs < suspectMs ? "it still sends" : null;
}

/** Only a census saw it, and nothing says how old it is but that data came in no later: a FIN ends that. */
function isOpenEnded({ age, seen }: Subject, { suspectMs }: Thresholds): boolean {
  if (age.basis !== "first-seen" || seen === null) return false;
  return age.minMs >= suspectMs || seen.lastRcvMs === null || seen.lastRcvMs >= suspectMs;
}
