/**
 * Judges the unclosed sockets of one household: side and age of each, how their numbers went, then the kind and the rule.
 * Objects are spelled out: spread makes slow ones, and there may be twenty thousand.
 */
import { ageOf, seenSo } from "./age.ts";
import type { Course, Subject } from "./case.ts";
import { courseOf, coursesOf } from "./courses.ts";
import { type Evidence, isDoubted } from "./evidence.ts";
import type { Confidence, Judged } from "./finding.ts";
import type { Household, Owned } from "./households.ts";
import { matchOf } from "./kinds/order.ts";
import { withSide } from "./side.ts";
import { rule } from "./standing.ts";

type Aged = Omit<Subject, "course">;

export function judge({ process, sockets }: Household, evidence: Evidence): readonly Judged[] {
  const startedUs = process?.facts?.startedUs ?? null;
  const all = sockets.map((owned) => agedOf(owned, startedUs, evidence));
  const courses = coursesOf(all, process?.history ?? [], evidence.thresholds);
  return all.map((of) => judgeOne(subjectOf(of, courses), evidence)).sort(worstFirst);
}

function agedOf(
  { socket, doors }: Owned,
  startedUs: number | null,
  { atUs, traced, listeners, census }: Evidence,
): Aged {
  const age = ageOf(socket, { atUs, traced, startedUs });
  return { socket: withSide(socket, listeners, census), doors, age, seen: seenSo(socket) };
}

const ALONE: Course = { count: 1, trend: "unknown", ended: false };

function subjectOf(of: Aged, courses: ReadonlyMap<string, Course>): Subject {
  const { socket, doors, age, seen } = of;
  return { socket, doors, age, seen, course: courses.get(courseOf(of)) ?? ALONE };
}

function judgeOne(of: Subject, evidence: Evidence): Judged {
  const { socket, age } = of;
  const match = matchOf(of, evidence);
  const { standing, confidence, because } = rule(of, match, evidence.thresholds);
  if (!isDoubted(socket, evidence)) return { socket, kind: match.kind, standing, confidence, age, because };
  // Its close, its read or its accept may be what was lost.
  const atMost: Confidence = evidence.lossExplains || confidence === "possible" ? "possible" : "likely";
  const doubt = `${because}, across a gap in the events`;
  return { socket, kind: match.kind, standing, confidence: atMost, age, because: doubt };
}

const RANK: Readonly<Record<Judged["standing"], number>> = { leak: 0, suspect: 1, listed: 2 };

/** The id decides between equals, so that a replay shows the same order. */
function worstFirst(a: Judged, b: Judged): number {
  return RANK[a.standing] - RANK[b.standing] || b.age.minMs - a.age.minMs || (a.socket.id < b.socket.id ? -1 : 1);
}
