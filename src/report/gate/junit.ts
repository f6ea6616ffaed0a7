/**
 * JUnit XML, as CI systems read it: a test case for each finding, and one for the watching itself. What is excused is skipped.
 * The dialect is that of Ant's task, which all of them take.
 */
import { safeText } from "../../format/safe-text.ts";
import type { GateDocument, GateDocumentFinding } from "../../gate/document.ts";
import { clauses, excuseText, headline, incompleteText, notes, reason, whoText } from "./words.ts";

export function renderJunit(document: GateDocument): string {
  const { findings, observed, host } = document;
  const failures = findings.filter(({ fails }) => fails).length;
  const skipped = findings.filter(({ fails }) => !fails).length;
  const errors = observed.complete ? 0 : 1;
  const seconds = ((observed.toUs - observed.fromUs) / 1e6).toFixed(3);
  const attributes = `name="sockleak" tests="${findings.length + 1}" failures="${failures}" errors="${errors}" skipped="${skipped}" time="${seconds}"`;
  const where = host.name === null ? "" : ` hostname="${xml(host.name)}"`;
  const time = observed.from === null ? "" : ` timestamp="${observed.from.slice(0, 19)}"`;
  return [
    `<?xml version="1.0" encoding="UTF-8"?>`,
    `<testsuites ${attributes}>`,
    `  <testsuite ${attributes}${where}${time}>`,
    watchingCase(document),
    ...findings.map(findingCase),
    `  </testsuite>`,
    `</testsuites>`,
    "",
  ].join("\n");
}

function watchingCase(document: GateDocument): string {
  const head = `    <testcase classname="sockleak" name="every socket of the command was watched"`;
  if (document.observed.complete) return `${head}/>`;
  return `${head}>\n      <error type="incomplete" message="${xml(incompleteText(document))}"/>\n    </testcase>`;
}

function findingCase(finding: GateDocumentFinding): string {
  const head = `    <testcase classname="${xml(`sockleak.${finding.kind}`)}" name="${xml(finding.id)}">`;
  return `${head}\n${verdictOf(finding)}\n    </testcase>`;
}

function verdictOf(finding: GateDocumentFinding): string {
  if (!finding.fails) {
    const why = excuseText(finding) || `${finding.confidence}: nothing that fails this run`;
    return `      <skipped message="${xml(why)}"/>`;
  }
  const details = [reason(finding), ...clauses(finding), ...notes(finding), whoText(finding)];
  const text = details
    .filter((line) => line !== "")
    .map(xml)
    .join("\n");
  return `      <failure type="${finding.kind}" message="${xml(headline(finding))}">${text}</failure>`;
}

/** XML 1.0 has no way to write most controls: safeText has escaped them its own way before. */
function xml(raw: string): string {
  return safeText(raw)
    .replace(/&/g, "&amp;")
    .replace(/</g, "&lt;")
    .replace(/>/g, "&gt;")
    .replace(/"/g, "&quot;")
    .replace(/'/g, "&apos;");
}
