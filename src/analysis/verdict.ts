/** Leak, suspect, clean, or not to be said? */
import type { Snapshot } from "../model/snapshot.ts";
import type { Judged, Suspect, Thresholds, Verdict } from "./finding.ts";

export type VerdictFacts = {
  /** Leaks that are at least likely. */
  readonly leaks: number;
  /** Leaks that are only possible, and suspects. */
  readonly maybes: number;
  readonly complete: boolean;
  readonly enough: boolean;
};

/** A likely leak is one whatever else is missing; to say anything milder, everything must have been seen. */
export function verdictOf({ leaks, maybes, complete, enough }: VerdictFacts): Verdict {
  if (leaks > 0) return "leak";
  if (!enough || !complete) return "unknown";
  return maybes > 0 ? "suspect" : "clean";
}

/** A leak that is at least likely. */
export function isLikelyLeak({ standing, confidence }: Judged): boolean {
  return standing === "leak" && confidence !== "possible";
}

export function factsOf(suspects: readonly Suspect[], seen: Pick<VerdictFacts, "complete" | "enough">): VerdictFacts {
  let [leaks, maybes] = [0, 0];
  for (const { sockets } of suspects) {
    for (const judged of sockets) {
      if (isLikelyLeak(judged)) leaks += 1;
      else if (judged.standing !== "listed") maybes += 1;
    }
  }
  return { leaks, maybes, ...seen };
}

/**
 * Whether there is anything to judge by: no socket can be a suspect before the suspect age has passed. A short run is
 * judged all the same when it opened something and owes no close.
 */
export function hasEnough(snapshot: Snapshot, { suspectMs }: Thresholds): boolean {
  const { opened, standing } = snapshot.books;
  const unclosed =
    snapshot.ownerless.length + snapshot.processes.reduce((sum, { unclosed }) => sum + unclosed.length, 0);
  // One full census tells what stands, and how old it is.
  if (snapshot.census !== null && snapshot.census.lastFull !== null) return true;
  if (snapshot.events > 0 && snapshot.atUs - snapshot.sinceUs >= suspectMs * 1000) return true;
  return opened + standing > 0 && unclosed === 0;
}
