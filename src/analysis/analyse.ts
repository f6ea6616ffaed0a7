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
  const evidence = evidenceOf(snapshot, thresholds);
  const all = householdsOf(snapshot, evidence).map((of) => ({ of, sockets: judge(of, evidence) }));
  const oldestCloseWaitMs = oldestCloseWaitOf(snapshot, all);
  const judged = kinds === undefined ? all : all.map((one) => ({ of: one.of, sockets: ofKinds(one.sockets, kinds) }));
  const suspects = judged.map(({ of, sockets }) => suspectOf(of, sockets, evidence)).sort(worstSuspectFirst);
  const findings = judged.flatMap(({ of, sockets }) => findingsOf(of, sockets, evidence)).sort(urgentFirst);
  const why = whyIncomplete(snapshot, thresholds);
  const complete = why.length === 0;
  const enough = hasEnough(snapshot, thresholds);
  const verdict = verdictOf(factsOf(suspects, { complete, enough }));
  const text = sentenceOf(snapshot, { verdict, enough, why, suspects, oldestCloseWaitMs });
  const observations = observationsOf(snapshot);
  return { verdict, text, suspects, findings, observations, oldestCloseWaitMs, complete, why };
}

function ofKinds(sockets: readonly Judged[], kinds: ReadonlySet<Kind>): readonly Judged[] {
  return sockets.filter(({ kind }) => kinds.has(kind));
}

/** The model knows since when it is in its state as seen; a census's bounds may say more. */
function oldestCloseWaitOf(
  { oldestCloseWaitUs }: Snapshot,
  all: readonly { readonly sockets: readonly Judged[] }[],
): number | null {
  let oldestMs = oldestCloseWaitUs === null ? null : oldestCloseWaitUs / 1000;
  for (const { sockets } of all) {
    for (const { socket, age } of sockets) {
      if (socket.state === "CLOSE_WAIT") oldestMs = Math.max(oldestMs ?? 0, age.minMs);
    }
  }
  return oldestMs;
}
