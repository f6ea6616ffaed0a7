/** The command has ended: what is held against it, to standard error, into files, to the CI; and what of it counts. */
import type { Confidence } from "../../analysis/finding.ts";
import { observationsOf, whyElsewhere, whyIncomplete } from "../../gate/completeness.ts";
import { type GateDocument, gateDocument, type RunFacts, type Weighed } from "../../gate/document.ts";
import { analysisOf, type GateFinding, judgeLeft } from "../../gate/judge.ts";
import { excuseOf, matches } from "../../gate/known.ts";
import { exitCodeOf, type Outcome } from "../../gate/outcome.ts";
import { summaryText } from "../../gate/summary.ts";
import { maskArgs } from "../../host/census/args.ts";
import { renderAnnotations } from "../../report/gate/annotations.ts";
import { renderGate } from "../../report/gate/text.ts";
import { FAIL_ON } from "../fail-on.ts";
import type { RunIo } from "../run.ts";
import { printBaseline } from "./baseline.ts";
import type { RunOptions } from "./options.ts";
import { type Owner, writeFile, writeJunit, writeOutput } from "./output.ts";
import type { Plan } from "./plan.ts";
import type { Found } from "./watcher.ts";

type Told = {
  readonly argv: readonly string[];
  readonly outcome: Outcome;
  readonly options: RunOptions;
  readonly plan: Plan;
  /** Whose the files shall be; null: ours. */
  readonly owner: Owner | null;
  readonly io: RunIo;
};

/** Returns the exit code. Errors (CommandError): a file cannot be written. */
export function tell(found: Found, { argv, outcome, options, plan, owner, io }: Told): number {
  const elsewhere = whyElsewhere(argv, { connections: found.snapshot.books.opened });
  const why = [...whyIncomplete(found.seen), ...(elsewhere === null ? [] : [elsewhere])];
  const findings = judgeLeft(found.left, { snapshot: found.snapshot, olderThanMs: options.olderThan });
  // What is written down as known is known from now on.
  const updates = options.updateBaseline === true && isWhole(why, options);
  const weighed = findings.map((gate) => weigh(gate, { failOn: updates ? "never" : options.failOn }, plan));
  const failing = weighed.filter(({ fails }) => fails).length;
  const exitCode = exitCodeOf({
    outcome,
    failing,
    complete: why.length === 0,
    allowIncomplete: options.allowIncomplete === true,
    leakCode: options.leakExitCode,
  });
  const analysis = analysisOf(findings, {
    why,
    text: summaryText(found, weighed, why),
    observations: observationsOf(found.seen),
  });
  const run: RunFacts = {
    command: maskArgs(argv),
    outcome,
    exitCode,
    olderThanMs: options.olderThan,
    unused: unusedIn(findings, plan),
  };
  const document = gateDocument(weighed, { analysis, snapshot: found.snapshot, run });
  print(document, options, io);
  if (options.output !== undefined)
    writeOutput({ path: options.output, owner }, plan.format, { found, analysis, document });
  if (options.junit !== undefined) writeJunit({ path: options.junit, owner }, document);
  if (options.updateBaseline) update(document, { options, owner, io });
  return exitCode;
}

/** What was not seen whole would forget what it did not see. */
function isWhole(why: readonly string[], { allowIncomplete }: RunOptions): boolean {
  return why.length === 0 || allowIncomplete === true;
}

function weigh(gate: GateFinding, { failOn }: Pick<RunOptions, "failOn">, plan: Plan): Weighed {
  const excuse = excuseOf(gate, plan);
  const { leak, confidence } = gate.finding;
  return { gate, excuse, fails: excuse === null && leak && reaches(confidence, failOn) };
}

function reaches(confidence: Confidence, least: RunOptions["failOn"]): boolean {
  return least !== "never" && FAIL_ON.indexOf(confidence) <= FAIL_ON.indexOf(least);
}

function unusedIn(findings: readonly GateFinding[], { baseline, suppressions }: Plan): RunFacts["unused"] {
  const ids = new Set(findings.map(({ finding }) => finding.id));
  return {
    baseline: [...baseline].filter((id) => !ids.has(id)),
    suppressions: suppressions.filter((one) => !findings.some((gate) => matches(one, gate))).map(({ line }) => line),
  };
}

function print(document: GateDocument, { quiet, annotate, allowIncomplete }: RunOptions, io: RunIo): void {
  const says = document.findings.length > 0 || !document.observed.complete || hasUnused(document);
  if (!quiet || says) io.err(renderGate(document, { allowIncomplete: allowIncomplete === true }));
  if (annotate) io.err(renderAnnotations(document, { root: process.cwd() }));
}

function hasUnused({ run }: GateDocument): boolean {
  return run.unused.baseline.length + run.unused.suppressions.length > 0;
}

function update(document: GateDocument, { options, owner, io }: Pick<Told, "options" | "owner" | "io">): void {
  const { baseline } = options;
  if (!isWhole(document.observed.why, options)) {
    io.err("sockleak: the baseline is as it was: this run was not seen as a whole\n");
    return;
  }
  const known = document.findings.filter(({ leak, excuse }) => leak && excuse?.by !== "suppression");
  writeFile({ path: baseline as string, owner }, printBaseline(known));
  io.err(`sockleak: ${known.length} in the baseline ${baseline}\n`);
}
