/**
 * GitHub's workflow commands, one a finding: ::error file=src/api.ts,line=12,title=…::message. The runner reads them from both
 * streams; ours is standard error. Escapes as in actions/toolkit, packages/core/src/command.ts.
 */
import { safeText } from "../../format/safe-text.ts";
import type { GateDocument, GateDocumentFinding } from "../../gate/document.ts";
import { headline, incompleteText, placeInCode, reason } from "./words.ts";

export function renderAnnotations(document: GateDocument, { root }: { readonly root: string }): string {
  const told = document.findings.filter(({ excuse, leak }) => excuse === null && leak);
  const incomplete = incompleteText(document);
  const lines = told.map((finding) => annotationOf(finding, root));
  if (incomplete !== "") lines.push(`::warning title=${property("sockleak")}::${data(incomplete)}`);
  return lines.map((line) => `${line}\n`).join("");
}

function annotationOf(finding: GateDocumentFinding, root: string): string {
  const place = placeInCode(finding);
  const where = place === null ? "" : `file=${property(within(root, place.file))},line=${place.line},`;
  const title = `${where}title=${property(`socket leak: ${finding.kind}`)}`;
  return `::${finding.fails ? "error" : "warning"} ${title}::${data(`${headline(finding)}; ${reason(finding)}`)}`;
}

/** GitHub finds a file by its path in the checkout. */
function within(root: string, file: string): string {
  return file.startsWith(`${root}/`) ? file.slice(root.length + 1) : file;
}

/** safeText leaves no line break; the others are GitHub's own signs. */
function data(raw: string): string {
  return safeText(raw).replace(/%/g, "%25").replace(/\r/g, "%0D").replace(/\n/g, "%0A");
}

function property(raw: string): string {
  return data(raw).replace(/:/g, "%3A").replace(/,/g, "%2C");
}
