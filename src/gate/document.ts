/**
 * The gate's findings document: as `report --json` prints it, with what a gate adds. What was left behind is worded as what it
 * is: past, where its process has gone.
 */

import { documentOf } from "../analysis/document.ts";
import type { Analysis } from "../analysis/finding.ts";
import type { DocumentFinding, FindingsDocument } from "../analysis/findings-document.ts";
import { plural } from "../format/plural.ts";
import type { Snapshot } from "../model/snapshot.ts";
import type { GateFinding } from "./judge.ts";
import type { Excuse } from "./known.ts";
import type { Outcome } from "./outcome.ts";

export type GateDocumentFinding = DocumentFinding & {
  /** The program by which its id knows it. */
  readonly program: string;
  readonly processes: number;
  /** How many of the sockets were released by their process's exit; the others are held still. */
  readonly exited: number;
  /** It counts towards the exit code. */
  readonly fails: boolean;
  readonly excuse: Excuse | null;
};

export type GateDocument = Omit<FindingsDocument, "findings"> & {
  readonly findings: readonly GateDocumentFinding[];
  readonly run: RunFacts;
};

export type RunFacts = {
  /** Masked. */
  readonly command: readonly string[];
  readonly outcome: Outcome;
  readonly exitCode: number;
  readonly olderThanMs: number;
  /** Of the baseline and of the suppressions: entries that met nothing. */
  readonly unused: { readonly baseline: readonly string[]; readonly suppressions: readonly string[] };
};

export type Weighed = {
  readonly gate: GateFinding;
  readonly excuse: Excuse | null;
  readonly fails: boolean;
};

const SOCKETS_TOLD = 10;

export function gateDocument(
  weighed: readonly Weighed[],
  { analysis, snapshot, run }: { readonly analysis: Analysis; readonly snapshot: Snapshot; readonly run: RunFacts },
): GateDocument {
  const document = documentOf(analysis, snapshot, { sockets: SOCKETS_TOLD });
  const findings = document.findings.map((finding, at) => gateFinding(finding, weighed[at] as Weighed, run));
  return { ...document, findings, run };
}

function gateFinding(
  finding: DocumentFinding,
  { gate, excuse, fails }: Weighed,
  { command }: RunFacts,
): GateDocumentFinding {
  const { program, processes, exited, doubtful } = gate;
  // Who closed it then is not known: `because` says so.
  const evidence = doubtful ? finding.evidence : [releasedText(finding.count, exited), ...finding.evidence];
  const gone = exited >= finding.count;
  // Of processes that have gone nothing can be asked any more.
  const next = gone ? `sockleak run --output leaks.html -- ${command.map(quoted).join(" ")}` : finding.next;
  const advice = gone ? [] : finding.advice;
  return { ...finding, evidence, next, advice, program, processes, exited, fails, excuse };
}

/** For a shell. */
function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}

function releasedText(count: number, exited: number): string {
  if (exited === 0) return "held still when the grace was over";
  if (exited >= count) return "nobody closed it: the exit of its process did";
  return `${plural(exited, "socket")} released by an exit, the others held still when the grace was over`;
}
