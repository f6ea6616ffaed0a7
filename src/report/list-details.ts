/** What was seen of a leak, what to look at, its history, what to run next: as much of it as its lines allow. */
import type { DocumentFinding } from "../analysis/findings-document.ts";
import { notesOf } from "../analysis/site-notes.ts";
import { siteClause, tellingSites } from "../analysis/site-words.ts";
import { formatDuration } from "../format/duration.ts";
import { sparkline, thin } from "../format/sparkline.ts";
import { type Block, fill, hang, type Page } from "./list-page.ts";

const SEEN_LINES = 2;
/** Of each code path. A census has none: they cost its first screen nothing. */
const SITE_LINES = 3;
const NOTES_SHOWN = 3;
/** A note holds a path, or a switch to set: whole, a line each, since what is broken into lines cannot be pasted. */
const NOTE_COLUMNS = 240;
const CURVE_COLUMNS = 40;
/** Fewer moments are no history. */
const CURVE_MIN = 3;

/** At most `lines`, of which there must be two, and code paths beside them. */
export function detailsOf(
  finding: DocumentFinding,
  { label, lines }: { label: string; lines: number },
  page: Page,
): Block {
  const indent = " ".repeat(label.length);
  const indented = (text: string) => hang(text, { label: indent }, page);
  // Whole, however long it is: a command broken into lines cannot be pasted.
  const next = { text: `${indent}next: ${page.safe(finding.next)}`, style: "strong" } as const;
  const seen = seenBlock(finding, { label, most: Math.min(SEEN_LINES, lines - 1) }, page);
  const [look = "", ...others] = finding.advice;
  const more = [look, curveText(finding, page), ...others].filter((text) => text !== "");
  const sites = pathsBlock(finding, indent, page);
  const extra = fill(
    more.map((text) => indented(page.safe(text))),
    lines - seen.length - 1,
  );
  return [...seen, ...sites, ...extra, next];
}

/** What is told of code paths; what is not, and what would tell. */
function pathsBlock({ sites, sitesUnknown }: DocumentFinding, indent: string, page: Page): Block {
  const telling = tellingSites(sites);
  const texts = [...telling.map(siteClause), ...(sitesUnknown === null ? [] : [sitesUnknown])];
  const notes = notesOf(telling);
  const shown = notes.slice(0, NOTES_SHOWN).map((note) => page.safe(note, NOTE_COLUMNS));
  const left = notes.length - shown.length;
  const all = left > 0 ? [...shown, `${left} more notes on code paths, in --json`] : shown;
  return [
    ...texts.flatMap((text) => hang(page.safe(text), { label: indent, most: SITE_LINES }, page)),
    ...all.map((note) => ({ text: `${indent}${note}`, style: "dim" as const })),
  ];
}

/** The reason always; then as much of the evidence as fits. */
function seenBlock(
  { kind, confidence, because, evidence }: DocumentFinding,
  { label, most }: { label: string; most: number },
  page: Page,
): Block {
  const clauses = [`${kind}, ${confidence}: ${because}`, ...evidence];
  const texts = clauses.map((_, left) => page.safe(clauses.slice(0, clauses.length - left).join("; ")));
  const blocks = texts.map((text) => hang(text, { label }, page));
  return blocks.find(({ length }) => length <= most) ?? hang(texts.at(-1) ?? "", { label, most }, page);
}

/** "when they came: 2 d 4 h ago [..:=##] now" */
function curveText({ curve }: DocumentFinding, { ascii }: Page): string {
  if (curve === null || curve.counts.filter((count) => count > 0).length < CURVE_MIN) return "";
  const line = sparkline(thin(curve.counts, CURVE_COLUMNS), CURVE_COLUMNS, { ascii });
  return `when they came: ${formatDuration(curve.bucketMs * curve.counts.length)} ago [${line}] now`;
}
