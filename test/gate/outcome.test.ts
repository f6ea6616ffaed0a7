/** The truth table of the gate's exit code: one row for each combination that differs. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { exitCodeOf, type Judgement, type Outcome } from "../../src/gate/outcome.ts";

const ended = (code: number): Outcome => ({ how: "exited", code });
const killed: Outcome = { how: "killed", signal: "SIGTERM", number: 15 };
const missing: Outcome = { how: "not-started", code: 127, why: "not found" };
const closed: Outcome = { how: "not-started", code: 126, why: "permission denied" };

// outcome, failing, complete, allowed, leak code → exit code
const TABLE: readonly (readonly [Outcome, number, boolean, boolean, number, number])[] = [
  [ended(0), 0, true, false, 1, 0],
  [ended(0), 2, true, false, 1, 1],
  [ended(0), 2, true, false, 99, 99],
  [ended(0), 2, true, false, 0, 0],
  [ended(0), 0, false, false, 1, 125],
  [ended(0), 0, false, true, 1, 0],
  [ended(0), 1, false, false, 1, 1],
  [ended(0), 1, false, true, 1, 1],
  [ended(3), 0, true, false, 1, 3],
  [ended(3), 2, true, false, 1, 3],
  [ended(3), 0, false, false, 1, 3],
  [ended(255), 1, false, false, 1, 255],
  [killed, 0, true, false, 1, 143],
  [killed, 1, false, false, 1, 143],
  [missing, 0, true, false, 1, 127],
  [closed, 0, false, true, 1, 126],
];

test("the command's own failure, then a leak, then a green that nobody can vouch for", () => {
  for (const [outcome, failing, complete, allowIncomplete, leakCode, code] of TABLE) {
    const judgement: Judgement = { outcome, failing, complete, allowIncomplete, leakCode };
    assert.equal(exitCodeOf(judgement), code, JSON.stringify(judgement));
  }
});
