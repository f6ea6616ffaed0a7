/** Who has not closed what? One process (or nobody known) with its unclosed sockets judged, for the dashboard. */

import { oldestOf } from "./age.ts";
import type { Evidence } from "./evidence.ts";
import type { Judged, Kind, Suspect, Thresholds } from "./finding.ts";
import { growthOf } from "./growth.ts";
import type { Household } from "./households.ts";
import { limitOf } from "./limit.ts";
import { pastOf } from "./past.ts";
import { peersOf } from "./peers.ts";

/** What fits into a table cell and is still worth reading. */
const PEERS_SHOWN = 5;

export function suspectOf({ process }: Household, sockets: readonly Judged[], evidence: Evidence): Suspect {
  const { thresholds } = evidence;
  const worth = sockets.filter(({ standing }) => standing !== "listed");
  const shown = worth.length > 0 ? worth : sockets;
  const growth = growthOf(pastOf(worth, process?.history ?? []), thresholds);
  const { leaked, closeWait, kinds } = count(sockets, thresholds);
  return {
    pid: process?.pid ?? null,
    comm: process?.comm ?? null,
    live: process?.live ?? sockets.length,
    opened: (evidence.allTraced && process?.opened) || 0,
    closed: process?.closed ?? 0,
    closeWait,
    leaked,
    suspects: worth.length - leaked,
    kinds,
    oldest: oldestOf(shown),
    growth,
    fds: limitOf(process?.limits ?? null, growth),
    retracted: process?.late ? { count: process.late.count, longestMs: process.late.longestUs / 1000 } : null,
    peers: peersOf(shown).slice(0, PEERS_SHOWN),
    sockets,
    neverCloses: process !== null && !process.hasClosed && worth.length > 0 && wouldShow(worth, evidence),
  };
}

/** Whether a close of this process would be known: lean probes tell that of those with suspects that they have told. */
function wouldShow(worth: readonly Judged[], { traced, allTraced }: Evidence): boolean {
  return traced && (allTraced || worth.some(({ socket }) => socket.traced));
}

/** Sockets younger than the suspect age are on their way to being closed: their kind would only flicker. */
function count(sockets: readonly Judged[], { suspectMs }: Thresholds): Pick<Suspect, "leaked" | "closeWait" | "kinds"> {
  const kinds: Partial<Record<Kind, number>> = {};
  let [leaked, closeWait] = [0, 0];
  for (const { standing, socket, age, kind } of sockets) {
    if (standing === "leak") leaked += 1;
    if (socket.state === "CLOSE_WAIT") closeWait += 1;
    if (age.minMs >= suspectMs) kinds[kind] = (kinds[kind] ?? 0) + 1;
  }
  return { leaked, closeWait, kinds };
}

/** Worst first: leaked, suspects, oldest; then those that owe nothing, by their live sockets. */
export function worstSuspectFirst(a: Suspect, b: Suspect): number {
  const byLeaks = b.leaked - a.leaked || b.suspects - a.suspects;
  const age = (suspect: Suspect) => (suspect.leaked + suspect.suspects > 0 ? (suspect.oldest?.minMs ?? 0) : 0);
  return byLeaks || age(b) - age(a) || b.live - a.live || (a.pid ?? 0) - (b.pid ?? 0);
}
