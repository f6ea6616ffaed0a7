/** Do the unclosed sockets of one process, side and peer become more, or do they stand still? */
import type { History } from "../model/snapshot.ts";
import type { Course, Subject } from "./case.ts";
import type { Thresholds } from "./finding.ts";
import { groupsOf } from "./groups.ts";
import { countRounds, growthOf, type Past } from "./growth.ts";
import { isHalf, pastOf } from "./past.ts";
import { courseKey } from "./peers.ts";

type Aged = Omit<Subject, "course">;

/** The name of a socket's course. Half-closed ones have courses of their own. */
export function courseOf(of: Aged): string {
  return `${isHalf(of) ? "half " : ""}${courseKey(of.socket)}`;
}

/** By name. */
export function coursesOf(
  subjects: readonly Aged[],
  histories: readonly History[],
  thresholds: Thresholds,
): ReadonlyMap<string, Course> {
  const strayEnded = subjects.some(({ socket }) => socket.state === "CLOSE" && socket.remote === null);
  const courses = new Map<string, Course>();
  for (const [name, of] of groupsOf(subjects, courseOf)) {
    const ended = strayEnded || of.some(({ socket }) => socket.state === "CLOSE");
    const past = pastOf(of, histories);
    const trend = of.some(isHalf) ? trendOfHalf(of.length, past, thresholds) : trendOf(of.length, past, thresholds);
    courses.set(name, { count: of.length, trend, ended });
  }
  return courses;
}

function trendOf(count: number, past: Past, thresholds: Thresholds): Course["trend"] {
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
