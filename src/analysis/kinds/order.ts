/** In what way is it not closed? One kind per socket: the first that matches, in this order (design.md, Kinds). */
import type { Match, Question, Subject } from "../case.ts";
import type { Evidence } from "../evidence.ts";
import { eofIgnored, eofUnread, undecided } from "./eof.ts";
import { goneUnclosed } from "./gone-unclosed.ts";
import { halfClosed } from "./half-closed.ts";
import { heldElsewhere } from "./held-elsewhere.ts";
import { neverAccepted } from "./never-accepted.ts";
import { noHolder } from "./no-holder.ts";
import { poolIdle } from "./pool-idle.ts";

const ORDER: readonly Question[] = [
  ...[neverAccepted, noHolder, goneUnclosed, heldElsewhere, poolIdle],
  ...[eofUnread, eofIgnored, halfClosed],
];

export function matchOf(of: Subject, evidence: Evidence): Match {
  for (const question of ORDER) {
    const match = question(of, evidence);
    if (match !== null) return match;
  }
  return undecided(of);
}
