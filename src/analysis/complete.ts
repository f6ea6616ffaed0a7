/** Was everything seen? If not, why not, one clause each. */
import { formatCount } from "../format/count.ts";
import { countsSkips } from "../model/kernel.ts";
import type { Snapshot } from "../model/snapshot.ts";
import type { Thresholds } from "./finding.ts";

export function whyIncomplete(snapshot: Snapshot, { olderThanMs }: Thresholds): readonly string[] {
  const { gaps, books, illegalMoves, mode, census, recording, tracedSinceUs } = snapshot;
  const why: string[] = [];
  if (recording === null) why.push("nothing is known of how the events were taken");
  if (mode === "census" && !census?.lastFull) why.push("no census has looked at everything yet");
  if (!isMended(snapshot, olderThanMs)) why.push(...gapClauses(gaps));
  if (books.lost > 0) why.push(`${count(books.lost, "end")} not seen`);
  // Lean mode tells only what lasts: there a jump between states is no loss.
  if (illegalMoves > 0 && mode === "full") why.push(`${count(illegalMoves, "move")} not seen`);
  // With one, what the probes missed has been found.
  const unseen = tracedSinceUs !== null && !census?.lastFull;
  if (unseen && recording !== null && !countsSkips(recording.kernel)) {
    why.push("this kernel does not count the probe runs that it skips, and no census has looked yet");
  }
  return [...new Set([...why, ...(census?.lastFull?.why ?? []), ...(census?.last.why ?? [])])];
}

/**
 * Lean mode: what has leaked was there, unclosed, when a census looked less than a leak's age ago, whatever a gap has hidden. The
 * census looks for all that leaks; of what does not, lean mode has counts only.
 */
function isMended({ mode, atUs, census }: Snapshot, olderThanMs: number): boolean {
  return mode === "lean" && census !== null && census.last.fromUs >= atUs - olderThanMs * 1000;
}

function gapClauses({ count: gaps, lost, unknown }: Snapshot["gaps"]): readonly string[] {
  const why: string[] = [];
  if (lost > 0) why.push(`${formatCount(lost)} ${lost === 1 ? "event" : "events"} lost`);
  if (unknown > 0) why.push(`${count(unknown, "gap")} of unknown size`);
  if (gaps > 0 && lost === 0 && unknown === 0) why.push(count(gaps, "gap"));
  return why;
}

function count(n: number, what: string): string {
  return `${formatCount(n)} ${what}${n === 1 ? "" : "s"}`;
}
