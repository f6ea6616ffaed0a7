/**
 * Judges the unclosed sockets of one household: side and age of each, how their numbers went, then the kind and the rule.
 * Objects are spelled out: spread makes slow ones, and there may be twenty thousand.
 */
import { ageOf, seenSo } from "./age.ts";
import type { Course, Subject } from "./case.ts";
import { setCourses } from "./courses.ts";
import { type Evidence, isDoubted } from "./evidence.ts";
import type { Age, Confidence, Judged } from "./finding.ts";
import type { Household, Owned } from "./households.ts";
import { matchOf } from "./kinds/order.ts";
import { withSide } from "./side.ts";
import { rule } from "./standing.ts";

/** Until its course is known. */
const ALONE: Course = { count: 1, trend: "unknown", ended: false };

export function judge({ process, sockets }: Household, evidence: Evidence): readonly Judged[] {
  const { atUs, traced } = evidence;
  const context = { atUs, traced, startedUs: process?.facts?.startedUs ?? null };
  const ages = sockets.map(({ socket }) => ageOf(socket, context));
  // What is made in the order in which it will be read is read several times as fast.
  const byJava = process?.facts?.exe?.endsWith("/java") === true;
  const subjects = oldestFirst(ages).map((at) =>
    subjectOf(sockets[at] as Owned, { age: ages[at] as Age, byJava }, evidence),
  );
  setCourses(subjects, process?.history ?? [], evidence.thresholds);
  return subjects.map((of) => judgeOne(of, evidence)).sort(worstFirst);
}

/** Where they stand. Equals stay as they were, so that a replay shows the same order. */
function oldestFirst(ages: readonly Age[]): readonly number[] {
  const minMs = new Float64Array(ages.length);
  const order: number[] = [];
  for (const { minMs: ageMs } of ages) minMs[order.push(order.length) - 1] = ageMs;
  return order.sort((a, b) => (minMs[b] as number) - (minMs[a] as number));
}

function subjectOf(
  { socket, doors }: Owned,
  { age, byJava }: Pick<Subject, "age" | "byJava">,
  { listeners, census }: Evidence,
): Subject {
  return { socket: withSide(socket, listeners, census), doors, age, seen: seenSo(socket), byJava, course: ALONE };
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

/** Of those of one standing the oldest first, as they are. */
function worstFirst(a: Judged, b: Judged): number {
  return RANK[a.standing] - RANK[b.standing];
}
