/** All questions asked of one snapshot: the same answer for the dashboard and every report. */
import type { Snapshot } from "../model/snapshot.ts";
import { whyIncomplete } from "./complete.ts";
import { evidenceOf } from "./evidence.ts";
import { type Analysis, DEFAULT_THRESHOLDS, type Suspect, type Thresholds } from "./finding.ts";
import { sentenceOf } from "./sentence.ts";
import { suspectOfNobody, suspectOfProcess } from "./suspect.ts";
import { factsOf, hasEnough, verdictOf } from "./verdict.ts";

export function analyse(snapshot: Snapshot, thresholds: Thresholds = DEFAULT_THRESHOLDS): Analysis {
  const evidence = evidenceOf(snapshot, thresholds);
  const suspects = snapshot.processes.map((process) => suspectOfProcess(process, evidence));
  if (snapshot.ownerless.length > 0) suspects.push(suspectOfNobody(snapshot.ownerless, evidence));
  suspects.sort(worstFirst);
  const why = whyIncomplete(snapshot);
  const complete = why.length === 0;
  const enough = hasEnough(snapshot, thresholds);
  const verdict = verdictOf(factsOf(suspects, { complete, enough }));
  return {
    verdict,
    text: sentenceOf(snapshot, { verdict, enough, why, suspects }),
    suspects,
    findings: [],
    observations: [],
    complete,
    why,
  };
}

function worstFirst(a: Suspect, b: Suspect): number {
  const byLeaks = b.leaked - a.leaked || b.suspects - a.suspects;
  const age = (suspect: Suspect) => (suspect.leaked + suspect.suspects > 0 ? (suspect.oldestUs ?? 0) : 0);
  return byLeaks || age(b) - age(a) || b.live - a.live || (a.pid ?? 0) - (b.pid ?? 0);
}
