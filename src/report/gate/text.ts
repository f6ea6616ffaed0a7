/**
 * The gate's report on standard error: short, worst first, plain text for logs, each line marked as ours among the command's.
 *
 *   sockleak: 3 sockets never closed, in 1 finding: 1,204 connection ends seen, watched 4.1 s
 *   sockleak: 1. python3 api.py never closed 3 sockets on port 8080 from 127.0.0.1
 *   sockleak:    eof-ignored, likely: EOF consumed, perhaps together with data; no close for 1.2 s
 *   sockleak:    nobody closed it: the exit of its process did
 *   sockleak:    all 3 opened at take_upload (app.c:80) < main (app.c:99)
 *   sockleak:    process 4121: python3 api.py --port 8080
 *   sockleak:    id: python3 api.py eof-ignored accept :8080
 *   sockleak: exit 1
 */
import { formatCount } from "../../format/count.ts";
import { safeText } from "../../format/safe-text.ts";
import type { GateDocument, GateDocumentFinding } from "../../gate/document.ts";
import { ownCodeOf } from "../../gate/outcome.ts";
import { clauses, excuseText, headline, incompleteText, notes, reason, whoText } from "./words.ts";

/** A log is read from its end: what comes first is far away by then. */
const FINDINGS_SHOWN = 10;
const CLAUSES_SHOWN = 4;
const NOTES_SHOWN = 3;
const UNUSED_SHOWN = 5;
/** Of one line: arguments can be endless. */
const COLUMNS = 200;

export type GateTextOptions = { readonly allowIncomplete: boolean };

export function renderGate(document: GateDocument, options: GateTextOptions): string {
  const { findings, summary } = document;
  const shown = findings.slice(0, FINDINGS_SHOWN);
  const left = findings.length - shown.length;
  const lines = [
    summary.text,
    ...shown.flatMap((finding, index) => findingLines(finding, `${index + 1}. `)),
    left > 0 ? `and ${formatCount(left)} more findings (--output FILE has all)` : "",
    ...document.observations,
    incompleteText(document),
    ...unusedLines(document),
    exitText(document, options),
  ];
  return lines.map(printed).join("");
}

function findingLines(finding: GateDocumentFinding, label: string): readonly string[] {
  const indent = " ".repeat(label.length);
  const details = [
    reason(finding),
    ...clauses(finding).slice(0, CLAUSES_SHOWN),
    ...notes(finding).slice(0, NOTES_SHOWN),
    whoText(finding),
    excuseText(finding),
    `id: ${finding.id}`,
  ];
  return [`${label}${headline(finding)}`, ...details.filter((text) => text !== "").map((text) => indent + text)];
}

function unusedLines({ run }: GateDocument): readonly string[] {
  const { baseline, suppressions } = run.unused;
  const of = (what: string, entries: readonly string[]) =>
    entries.slice(0, UNUSED_SHOWN).map((entry) => `${what} that met nothing: ${entry}`);
  return [...of("suppression", suppressions), ...of("baseline entry", baseline)];
}

/** What the exit code means, where it is not the command's own success. */
function exitText({ run, observed }: GateDocument, { allowIncomplete }: GateTextOptions): string {
  const own = ownCodeOf(run.outcome);
  if (own !== 0) return `exit ${own}, the command's own`;
  if (run.exitCode === 0) return observed.complete ? "" : "exit 0, as --allow-incomplete asks";
  const hint = observed.complete || allowIncomplete ? "" : " (--allow-incomplete lets it pass)";
  return run.exitCode === 125 ? `exit 125: this green cannot be vouched for${hint}` : `exit ${run.exitCode}`;
}

function printed(text: string): string {
  return text === "" ? "" : `sockleak: ${safeText(text, COLUMNS)}\n`;
}
