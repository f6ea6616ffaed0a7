/** The findings document as markdown, for tickets and chats. */
import type { DocumentFinding, FindingsDocument } from "../analysis/findings-document.ts";
import { notesOf } from "../analysis/site-notes.ts";
import { siteClause } from "../analysis/site-words.ts";
import { formatCount } from "../format/count.ts";
import { safeText } from "../format/safe-text.ts";
import { headlineOf } from "./list-headline.ts";
import type { Page } from "./list-page.ts";

const ENDLESS: Page = { columns: 1_000_000, ascii: false, mark: "…", safe: safeText };
const LABEL = { leak: "leak", suspect: "suspect", listed: "no leak" } as const;
const CURVE_COLUMNS = 12;

export function renderMarkdown(document: FindingsDocument): string {
  const { summary, host, observed, findings, observations } = document;
  const where = [
    host.name ?? "host not known",
    `kernel ${host.kernel ?? "not known"}`,
    observed.attachment ?? "not known how",
  ];
  const blocks = [
    `# ${inert(summary.text)}`,
    `${where.map(inert).join(", ")}; ${time(observed.from)} to ${time(observed.to)}`,
    bullets("Not seen", observed.why),
    findings.length === 0 ? "" : overview(findings),
    ...findings.map(section),
    bullets("Observations", observations),
  ];
  return `${blocks.filter((block) => block !== "").join("\n\n")}\n`;
}

function overview(findings: readonly DocumentFinding[]): string {
  const rows = findings.map(({ standing, process, kind, count, oldest, growth }) => {
    const who = process === null ? "not known" : `${process.comm} ${process.pid}`;
    const rate = growth === null ? "not known" : `${formatCount(growth.perHour)}/h`;
    return [LABEL[standing], who, kind, formatCount(count), `${Math.floor(oldest.minMs / 1000)} s`, rate];
  });
  const lines = [
    ["standing", "process", "kind", "sockets", "oldest, at least", "growth"],
    ["---", "---", "---", "---:", "---:", "---:"],
  ];
  return [...lines, ...rows.map((row) => row.map(inert))].map((row) => `| ${row.join(" | ")} |`).join("\n");
}

function section(finding: DocumentFinding): string {
  const { standing, kind, confidence, because, evidence, advice, curve, next } = finding;
  const sentence = headlineOf(finding, { most: 1 }, { ...ENDLESS, safe: inert })
    .map(({ text }) => text)
    .join(" ");
  const came = curve === null ? [] : [`came, oldest first: ${thinned(curve.counts).map(formatCount).join(", ")}`];
  return [
    `## ${LABEL[standing]}: ${sentence}`,
    [`${kind}, ${confidence}: ${because}`, ...codePaths(finding), ...evidence, ...came, ...advice]
      .map((text) => `- ${inert(text)}`)
      .join("\n"),
    fenced(next),
  ].join("\n\n");
}

/** What is told of them, and what is not, with what would tell. */
function codePaths({ sites, sitesUnknown }: DocumentFinding): readonly string[] {
  return [...sites.map(siteClause), ...(sitesUnknown === null ? [] : [sitesUnknown]), ...notesOf(sites)];
}

/** Sums of neighbours: each counts once. */
function thinned(counts: readonly number[]): readonly number[] {
  const width = Math.ceil(counts.length / CURVE_COLUMNS);
  return Array.from({ length: Math.ceil(counts.length / width) }, (_, index) =>
    counts.slice(index * width, (index + 1) * width).reduce((a, b) => a + b, 0),
  );
}

function bullets(title: string, texts: readonly string[]): string {
  return texts.length === 0 ? "" : `**${title}**\n\n${texts.map((text) => `- ${inert(text)}`).join("\n")}`;
}

/** A name may hold a fence: then ours is longer. */
function fenced(text: string): string {
  const safe = safeText(text);
  const longest = (safe.match(/`+/g) ?? []).reduce((most, run) => Math.max(most, run.length), 2);
  const fence = "`".repeat(longest + 1);
  return `${fence}\n${safe}\n${fence}`;
}

/** Every sign that markdown or HTML could take for its own, escaped; "." and "-" mean something at the start of a line only, where none is. */
function inert(raw: string): string {
  return safeText(raw).replace(/[\\`*_{}[\]<>#|~!&@]/g, "\\$&");
}

function time(iso: string | null): string {
  return iso === null ? "time not known" : `${iso.slice(0, 19).replace("T", " ")} UTC`;
}
