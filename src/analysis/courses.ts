/** Do the unclosed sockets of one process, side and peer become more, or do they stand still? */
import type { History } from "../model/snapshot.ts";
import type { Course, Subject } from "./case.ts";
import type { Thresholds } from "./finding.ts";
import { groupsOf } from "./groups.ts";
import { countRounds, growthOf, type Past } from "./growth.ts";
import { isHalf, pastOf } from "./past.ts";
import { groupsByPeer } from "./peers.ts";

/** Half-closed ones have courses of their own. */
function laneOf(of: Subject): number {
  const { side } = of.socket;
  return (isHalf(of) ? 3 : 0) + (side === "accept" ? 0 : side === "connect" ? 1 : 2);
}

/** Tells each of one household's sockets its course: that of its side and peer. */
export function setCourses(subjects: readonly Subject[], histories: readonly History[], thresholds: Thresholds): void {
  const strayEnded = subjects.some(({ socket }) => socket.state === "CLOSE" && socket.remote === null);
  for (const lane of groupsOf(subjects, laneOf).values()) {
    for (const of of groupsByPeer(lane)) {
      const ended = strayEnded || of.some(({ socket }) => socket.state === "CLOSE");
      const course: Course = { count: of.length, trend: trendOf(of, histories, thresholds), ended };
      for (const one of of) one.course = course;
    }
  }
}

function trendOf(of: readonly Subject[], histories: readonly History[], thresholds: Thresholds): Course["trend"] {
  const past = pastOf(of, histories);
  return of.some(isHalf) ? trendOfHalf(of.length, past, thresholds) : trendOfWhole(of.length, past, thresholds);
}

function trendOfWhole(count: number, past: Past, thresholds: Thresholds): Course["trend"] {
  const growth = growthOf(past, thresholds);
  if (growth.perHour !== null) return growth.perHour > 0 ? "grows" : "stands";
  if (past.agesMs.length === count) return isStill(past.agesMs) ? "stands" : "unknown";
  // Ages unknown: watched for as long as makes a leak, and no more of them than at first.
  const counted = countRounds(past.histories);
  return counted !== null && counted.windowMs >= thresholds.olderThanMs && counted.gained <= 0 ? "stands" : "unknown";
}

/** Their ages cannot tell a growth from a coming and going, which is usual here; and rounds count them with the others. */
function trendOfHalf(count: number, { histories }: Past, thresholds: Thresholds): Course["trend"] {
  const all = histories.reduce((sum, { points }) => sum + (points.at(-1)?.count ?? 0), 0);
  const { perHour } = growthOf({ agesMs: [], histories }, thresholds);
  return count * 2 > all && (perHour ?? 0) > 0 ? "grows" : "unknown";
}

/** None came in the second half of the time since the first. */
function isStill(agesMs: readonly number[]): boolean {
  const youngest = agesMs.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY);
  return youngest * 2 >= agesMs.reduce((a, b) => Math.max(a, b), 0);
}
