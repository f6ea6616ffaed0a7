/** What was left behind → findings, worst first: one a program, kind and side. */
import { analyse } from "../analysis/analyse.ts";
import type { Analysis, Finding } from "../analysis/finding.ts";
import { urgentFirst } from "../analysis/findings.ts";
import type { Snapshot } from "../model/snapshot.ts";
import { type Household, householdsOf, snapshotOf } from "./households.ts";
import { gateId } from "./identity.ts";
import type { Left } from "./watch.ts";

export type GateFinding = {
  /** With the gate's id. */
  readonly finding: Finding;
  readonly program: string;
  /** How many processes of it left some, and how many of the sockets an exit released. */
  readonly processes: number;
  readonly exited: number;
  /** Closed in its last moments: perhaps by the program. */
  readonly doubtful: boolean;
};

const DOUBT = "; closed in the last moments of its process, by the runtime's exit or by the program itself";

export function judgeLeft(
  left: readonly Left[],
  { snapshot, olderThanMs }: { readonly snapshot: Snapshot; readonly olderThanMs: number },
): readonly GateFinding[] {
  const thresholds = { olderThanMs, suspectMs: olderThanMs, final: true } as const;
  return householdsOf(left)
    .flatMap((household) =>
      analyse(snapshotOf(snapshot, household), thresholds).findings.map((finding) => gateFinding(finding, household)),
    )
    .sort((a, b) => urgentFirst(a.finding, b.finding));
}

function gateFinding(found: Finding, { program, doubtful, left }: Household): GateFinding {
  const finding = doubtful ? ({ ...found, confidence: "possible", because: found.because + DOUBT } as const) : found;
  const ids = new Set(finding.sockets.map(({ socket }) => socket.id));
  const its = left.filter(({ socket }) => ids.has(socket.id));
  const pids = new Set(its.map(({ pid }) => pid));
  const id = gateId(program === "" ? "nobody" : program, finding);
  const exited = its.filter(({ release }) => release !== null).length;
  return { finding: { ...finding, id }, program, processes: pids.size, exited, doubtful };
}

/** For the document: the findings are the gate's, and so is what is said of them as a whole. */
export function analysisOf(
  findings: readonly GateFinding[],
  { why, text, observations }: Pick<Analysis, "why" | "text" | "observations">,
): Analysis {
  const leaks = findings.some(({ finding }) => finding.leak && finding.confidence !== "possible");
  const maybe = findings.some(({ finding }) => finding.leak);
  return {
    verdict: leaks ? "leak" : why.length > 0 ? "unknown" : maybe ? "suspect" : "clean",
    text,
    suspects: [],
    findings: findings.map(({ finding }) => finding),
    observations,
    oldestCloseWaitMs: null,
    complete: why.length === 0,
    why,
  };
}
