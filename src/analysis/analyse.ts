/** All questions asked of one snapshot: the same answer for the dashboard and every report. */
import type { Snapshot } from "../model/snapshot.ts";
import { whyIncomplete } from "./complete.ts";
import { evidenceOf } from "./evidence.ts";
import { type Analysis, DEFAULT_THRESHOLDS, type Judged, type Kind, type Thresholds } from "./finding.ts";
import { findingsOf, urgentFirst } from "./findings.ts";
import { householdsOf } from "./households.ts";
import { judge } from "./judge.ts";
import { observationsOf } from "./observations.ts";
import { sentenceOf } from "./sentence.ts";
import { suspectOf, worstSuspectFirst } from "./suspect.ts";
import { factsOf, hasEnough, verdictOf } from "./verdict.ts";

export type AnalyseOptions = Thresholds & {
  /** Only sockets of these kinds are asked for. */
  readonly kinds?: ReadonlySet<Kind>;
};

export function analyse(snapshot: Snapshot, options: AnalyseOptions = DEFAULT_THRESHOLDS): Analysis {
  const { kinds, ...thresholds } = options;
  const asked = ({ kind }: Judged) => kinds?.has(kind) ?? true;
  const evidence = evidenceOf(snapshot, thresholds);
  const judged = householdsOf(snapshot, evidence).map((of) => ({ of, sockets: judge(of, evidence).filter(asked) }));
  const suspects = judged.map(({ of, sockets }) => suspectOf(of, sockets, evidence)).sort(worstSuspectFirst);
  const findings = judged.flatMap(({ of, sockets }) => findingsOf(of, sockets, evidence)).sort(urgentFirst);
  const why = whyIncomplete(snapshot);
  const complete = why.length === 0;
  const enough = hasEnough(snapshot, thresholds);
  const verdict = verdictOf(factsOf(suspects, { complete, enough }));
  const text = sentenceOf(snapshot, { verdict, enough, why, suspects });
  return { verdict, text, suspects, findings, observations: observationsOf(snapshot), complete, why };
}
