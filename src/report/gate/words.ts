/** How the gate's findings are worded, for every format. Names are raw: escape where printed. */

import { ownFrames } from "../../analysis/own-frames.ts";
import { placeOf } from "../../analysis/place.ts";
import { notesOf } from "../../analysis/site-notes.ts";
import { siteClause, tellingSites } from "../../analysis/site-words.ts";
import { plural } from "../../format/plural.ts";
import type { GateDocument, GateDocumentFinding } from "../../gate/document.ts";
import type { Frame } from "../../model/site.ts";

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

/** What was seen of it, one clause each, what tells most first: the code paths, then how it ended, and the rest. */
export function clauses({ sites, evidence }: GateDocumentFinding): readonly string[] {
  return [...tellingSites(sites).map(siteClause), ...evidence];
}

/** What is not known of the code paths, why, and the switch that would tell. */
export function notes({ sites, sitesUnknown }: GateDocumentFinding): readonly string[] {
  return [...(sitesUnknown === null ? [] : [sitesUnknown]), ...notesOf(tellingSites(sites))];
}

/** "3 processes, one of them 4121: python3 api.py --port 0" */
export function whoText({ processes, process }: GateDocumentFinding): string {
  if (process === null) return "";
  const args = process.args.length === 0 ? process.comm : process.args.join(" ");
  const many = processes > 1 ? `${plural(processes, "process")}, one of them ` : "process ";
  return `${many}${process.pid}: ${args}`;
}

/** The innermost frame of the program's own whose source line is known, on the path that most of its sockets came along. */
export function placeInCode({
  sites,
}: Pick<GateDocumentFinding, "sites">): (Frame & { readonly file: string; readonly line: number }) | null {
  for (const { frames } of tellingSites(sites)) {
    for (const frame of owned(frames)) {
      const { file, line } = frame;
      if (file !== null && line !== null && line > 0) return { ...frame, file, line };
    }
  }
  return null;
}

/** A runtime's own lines are in nobody's checkout: where no frame is the program's, there is none. */
function owned(frames: readonly Frame[]): readonly Frame[] {
  const own = ownFrames(frames);
  return own === frames ? [] : own;
}

export function excuseText({ excuse }: GateDocumentFinding): string {
  if (excuse === null) return "";
  return excuse.by === "baseline" ? "known: in the baseline" : `known: ${excuse.reason} (${excuse.line})`;
}

/** "incomplete: 14 events lost": why green would not be green. */
export function incompleteText({ observed }: GateDocument): string {
  return observed.complete ? "" : `incomplete: ${observed.why.join("; ")}`;
}
