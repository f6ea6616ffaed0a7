/** Judges the unclosed sockets of one household: side and age of each, how their numbers went, then the kind and the rule. */
import { ageOf, seenSo } from "./age.ts";
import type { Course, Subject } from "./case.ts";
import { courseOf, coursesOf } from "./courses.ts";
import { type Evidence, isDoubted } from "./evidence.ts";
import type { Confidence, Judged } from "./finding.ts";
import type { Household, Owned } from "./households.ts";
import { matchOf } from "./kinds/order.ts";
import { sideOf } from "./side.ts";
import { rule } from "./standing.ts";

export function judge({ process, sockets }: Household, evidence: Evidence): readonly Judged[] {
  const startedUs = process?.facts?.startedUs ?? null;
  const aged = sockets.map((owned) => agedOf(owned, startedUs, evidence));
  const courses = coursesOf(aged, process?.history ?? [], evidence.thresholds);
  return aged.map((of) => judgeOne({ ...of, course: courses.get(courseOf(of)) ?? ALONE }, evidence)).sort(worstFirst);
}

const ALONE: Course = { count: 1, trend: "unknown", ended: false };

function agedOf({ socket, doors }: Owned, startedUs: number | null, { atUs, listeners, census }: Evidence) {
  const side = sideOf(socket, listeners, census);
  const sided = side === socket.side ? socket : { ...socket, side };
  return { socket: sided, doors, age: ageOf(socket, { atUs, startedUs }), seen: seenSo(socket) };
}

function judgeOne(of: Subject, evidence: Evidence): Judged {
  const { socket, age } = of;
  const match = matchOf(of, evidence);
  const { standing, confidence, because } = rule(of, match, evidence.thresholds);
  const judged = { socket, kind: match.kind, standing, age };
  if (!isDoubted(socket, evidence)) return { ...judged, confidence, because };
  // Its close, its read or its accept may be what was lost.
  const atMost: Confidence = evidence.lossExplains || confidence === "possible" ? "possible" : "likely";
  return { ...judged, confidence: atMost, because: `${because}, across a gap in the events` };
}

const RANK: Readonly<Record<Judged["standing"], number>> = { leak: 0, suspect: 1, listed: 2 };

/** The id decides between equals, so that a replay shows the same order. */
export function worstFirst(a: Judged, b: Judged): number {
  return RANK[a.standing] - RANK[b.standing] || b.age.minMs - a.age.minMs || (a.socket.id < b.socket.id ? -1 : 1);
}
