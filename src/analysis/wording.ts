/** Ages as a reason says them: a lower bound says so. */
import { formatDuration } from "../format/duration.ts";
import type { Subject } from "./case.ts";

/** A lower bound below it says nothing. */
const WORTH_SAYING_MS = 1_000;

/** "61 s", or "at least 61 s" where its begin was not seen. */
export function heldText({ age }: Pick<Subject, "age">): string {
  if (age.basis === "traced") return formatDuration(age.minMs);
  return age.minMs < WORTH_SAYING_MS ? "a time not known" : `at least ${formatDuration(age.minMs)}`;
}

/** "the peer closed 61 s ago" */
export function agoText(of: Pick<Subject, "age">): string {
  const unknown = of.age.basis !== "traced" && of.age.minMs < WORTH_SAYING_MS;
  return unknown ? "the peer has closed" : `the peer closed ${heldText(of)} ago`;
}
