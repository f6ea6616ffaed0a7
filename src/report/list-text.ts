/**
 * The findings document for people. Headlines first, so that the top of the screen names every leaking process, towards
 * whom, in what way, for how long, how fast and until when; then what was seen of each, what to look at and what to run.
 *
 *   2 processes leak 6,061 sockets; first out of fds: java 4121, in about 2 d 13 h   summary, from two leaks on
 *   1. java 4121 (checkout.service) leaks 6,021 sockets to 10.0.3.4:443 …            a headline each, at most 2 lines
 *   2. python3 812 (api.service) leaks 40 sockets on port 8080 from 10.0.0.9 …
 *
 *   1. eof-unread, likely: the peer closed and nobody has read since; 200 of 200 …   with its headline a finding has
 *      next: sudo sockleak report --pid 4121 --until 3                              at most 6 lines
 *
 *   suspect: …            no leak: …               not seen: …
 *   vm, 2026-11-21 12:00:13 UTC, census only: 6,112 connections in 3 network namespaces
 */
import type { DocumentFinding, FindingsDocument, Standing } from "../analysis/findings-document.ts";
import { formatCount } from "../format/count.ts";
import { detailsOf } from "./list-details.ts";
import { footerBlock } from "./list-footer.ts";
import { headlineOf } from "./list-headline.ts";
import { type Block, hang, type ListOptions, type Page, pageOf, paint } from "./list-page.ts";
import { socketTable } from "./list-sockets.ts";
import { summaryOf } from "./list-summary.ts";

/** Of one leak, headline included, at 80 columns. */
const LEAK_LINES = 6;
const HEADLINE_LINES = { alone: 3, among: 2 };
const OBSERVATIONS_SHOWN = 5;
/** Beyond these the rest is only counted; leaks are never left out. */
const MILDER = {
  suspect: { prefix: "suspect: ", most: 10, style: "dim" },
  listed: { prefix: "no leak: ", most: 5, style: "dim" },
} as const;

export function renderList(document: FindingsDocument, options: ListOptions): string {
  const page = pageOf(options);
  const of = (asked: Standing) => document.findings.filter(({ standing }) => standing === asked);
  const leaks = of("leak");
  const [only] = leaks;
  const top = only !== undefined && leaks.length === 1 ? [leakAlone(only, page)] : leaksBlocks(document, leaks, page);
  const blocks: readonly Block[] = [
    ...top,
    milderBlock(of("suspect"), MILDER.suspect, page),
    milderBlock(of("listed"), MILDER.listed, page),
    document.observations.slice(0, OBSERVATIONS_SHOWN).flatMap((text) => hang(page.safe(text), { indent: 2 }, page)),
    footerBlock(document, page),
  ];
  const texts = blocks.map((block) => block.map((line) => `${paint(line, options.colour === true)}\n`).join(""));
  return texts.filter((text) => text !== "").join("\n");
}

function leakAlone(leak: DocumentFinding, page: Page): Block {
  const headline = headlineOf(leak, { indent: 2, most: HEADLINE_LINES.alone, style: "alarm" }, page);
  const details = detailsOf(leak, { label: "  ", lines: LEAK_LINES - headline.length }, page);
  return [...headline, ...details, ...socketTable(leak, page)];
}

function leaksBlocks(document: FindingsDocument, leaks: readonly DocumentFinding[], page: Page): readonly Block[] {
  const { text, style } = summaryOf(document, page);
  const numbered = leaks.map((leak, index) => {
    const label = `${index + 1}. `;
    const headline = headlineOf(leak, { label, most: HEADLINE_LINES.among, style: "strong" }, page);
    const details = detailsOf(leak, { label, lines: LEAK_LINES - headline.length }, page);
    return { headline, details: [...details, ...socketTable(leak, page)] };
  });
  const first = [...hang(text, { style }, page), ...numbered.flatMap(({ headline }) => headline)];
  return [first, ...numbered.map(({ details }) => details)];
}

type Milder = (typeof MILDER)[keyof typeof MILDER];

/** What is no leak, or not yet: a headline each. */
function milderBlock(findings: readonly DocumentFinding[], { prefix, most, style }: Milder, page: Page): Block {
  const shown = findings.slice(0, most).flatMap((finding) => {
    const headline = headlineOf(finding, { prefix, indent: 2, most: HEADLINE_LINES.among, style }, page);
    return [...headline, ...socketTable(finding, page)];
  });
  const left = findings.length - most;
  return left > 0 ? [...shown, { text: `${prefix}${formatCount(left)} more, in sockleak list --json`, style }] : shown;
}
