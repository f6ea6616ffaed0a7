/** How a command ended, and what exit code the gate makes of it: timeout(1)'s and the shell's conventions. */

export type Outcome =
  | { readonly how: "exited"; readonly code: number }
  | { readonly how: "killed"; readonly signal: string; readonly number: number }
  /** 127 it was not found, 126 it was found and could not be executed. */
  | { readonly how: "not-started"; readonly code: 126 | 127; readonly why: string };

/** The gate itself could not do its work: as timeout(1), nohup(1), docker run. */
export const CANNOT_WATCH = 125;
/** Above it a shell's exit code is a signal's number. */
export const BY_SIGNAL = 128;

export type Judgement = {
  readonly outcome: Outcome;
  /** Findings at or above --fail-on that no baseline and no suppression knows. */
  readonly failing: number;
  readonly complete: boolean;
  readonly allowIncomplete: boolean;
  /** --leak-exit-code */
  readonly leakCode: number;
};

/** The command's own failure wins, then a leak; a green that nobody can vouch for is none. */
export function exitCodeOf({ outcome, failing, complete, allowIncomplete, leakCode }: Judgement): number {
  const own = ownCodeOf(outcome);
  if (own !== 0) return own;
  if (failing > 0) return leakCode;
  return complete || allowIncomplete ? 0 : CANNOT_WATCH;
}

export function ownCodeOf(outcome: Outcome): number {
  return outcome.how === "killed" ? BY_SIGNAL + outcome.number : outcome.code;
}
