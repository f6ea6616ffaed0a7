/** How the gate's findings are worded, for every format. Names are raw: escape where printed. */

import { placeOf } from "../../analysis/place.ts";
import { plural } from "../../format/plural.ts";
import type { GateDocument, GateDocumentFinding } from "../../gate/document.ts";
import type { WithSites } from "../../gate/known.ts";

/** "python3 api.py never closed 3 sockets on port 8080 from 127.0.0.1 (eof-ignored)" */
export function headline(finding: GateDocumentFinding): string {
  const { program, count, kind, leak } = finding;
  const who = program === "" ? "a process not known" : program;
  const what = kind === "never-accepted" ? plural(count, "connection") : plural(count, "socket");
  const deed = kind === "never-accepted" ? "never accepted" : leak ? "never closed" : "kept";
  return `${who} ${deed} ${what} ${placeOf(finding)}`.trimEnd();
}

/** "eof-ignored, likely, peer closed 1.2 s before: EOF consumed, …" */
export function reason({ kind, confidence, because }: GateDocumentFinding): string {
  return `${kind}, ${confidence}: ${because}`;
}

/** "3 processes, one of them 4121: python3 api.py --port 0" */
export function whoText({ processes, process }: GateDocumentFinding): string {
  if (process === null) return "";
  const args = process.args.length === 0 ? process.comm : process.args.join(" ");
  const many = processes > 1 ? `${plural(processes, "process")}, one of them ` : "process ";
  return `${many}${process.pid}: ${args}`;
}

export type Place = { readonly file: string; readonly line: number; readonly function: string | null };

/** Where its code is known, the innermost place that is a source line; the one that most of its sockets came from. */
export function placeInCode(finding: WithSites): Place | null {
  for (const { frames } of finding.sites ?? []) {
    for (const frame of frames) {
      if (frame.file !== null && frame.line !== null && frame.line > 0) {
        return { file: frame.file, line: frame.line, function: frame.function };
      }
    }
  }
  return null;
}

export function placeText(finding: WithSites): string {
  const place = placeInCode(finding);
  if (place === null) return "";
  return `at ${place.function ?? "?"} (${place.file}:${place.line})`;
}

export function excuseText({ excuse }: GateDocumentFinding): string {
  if (excuse === null) return "";
  return excuse.by === "baseline" ? "known: in the baseline" : `known: ${excuse.reason} (${excuse.line})`;
}

/** "incomplete: 14 events lost": why green would not be green. */
export function incompleteText({ observed }: GateDocument): string {
  return observed.complete ? "" : `incomplete: ${observed.why.join("; ")}`;
}
