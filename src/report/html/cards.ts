/** Findings as cards: what, who and since when in a sentence, what was seen, what to do. Readable without any script. */
import type { DocumentFinding, FindingsDocument } from "../../analysis/findings-document.ts";
import { notesOf } from "../../analysis/site-notes.ts";
import { frameText, siteClause, tellingSites } from "../../analysis/site-words.ts";
import { formatCount } from "../../format/count.ts";
import { formatDuration } from "../../format/duration.ts";
import { plural } from "../../format/plural.ts";
import { safeText } from "../../format/safe-text.ts";
import { headlineOf } from "../list-headline.ts";
import type { Page } from "../list-page.ts";
import { escapeHtml } from "./escape.ts";

/** A line is as long as it likes: the browser breaks it. */
const ENDLESS: Page = { columns: 1_000_000, ascii: false, mark: "…", safe: safeText };
const LABEL = { leak: "leak", suspect: "suspect", listed: "no leak" } as const;

export function cards({ findings }: FindingsDocument): string {
  return findings.map(card).join("\n");
}

function card(finding: DocumentFinding, index: number): string {
  const { standing, kind, confidence, because, sites, sitesUnknown, evidence, advice, next, process } = finding;
  // headlineOf has made names harmless already: only HTML's own signs are left to do.
  const sentence = headlineOf(finding, { most: 1 }, ENDLESS)
    .map(({ text }) => text)
    .join(" ");
  const paths = [...tellingSites(sites).map(siteClause), ...(sitesUnknown === null ? [] : [sitesUnknown])];
  const seen = [`${kind}, ${confidence}: ${because}`, ...paths, ...evidence];
  return `<article class="finding ${standing}" data-finding="${index}">
<h3><span class="badge">${LABEL[standing]}</span> ${entities(sentence)}</h3>
${list(seen, "evidence")}${pathsOf(finding)}${facts(finding)}${list(advice, "advice")}
<p class="next"><code>${escapeHtml(next)}</code></p>${commandLine(process)}
</article>`;
}

/** Every path with every function of it. */
function pathsOf({ sites }: DocumentFinding): string {
  const rows = sites.map((site) => {
    const notes = notesOf([site])
      .map((note) => `<li>${escapeHtml(note)}</li>`)
      .join("");
    const frames = site.frames.map((frame) => `<li>${escapeHtml(frameText(frame))}</li>`).join("");
    return `<li>${escapeHtml(siteClause(site))}<ol>${frames}</ol><ul>${notes}</ul></li>`;
  });
  if (rows.length === 0) return "";
  return `<details class="paths"><summary>${plural(rows.length, "code path")}</summary><ul>${rows.join("")}</ul></details>`;
}

function entities(text: string): string {
  return text.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;");
}

function list(texts: readonly string[], name: string): string {
  return texts.length === 0
    ? ""
    : `<ul class="${name}">${texts.map((text) => `<li>${escapeHtml(text)}</li>`).join("")}</ul>`;
}

function facts({ count, growth, growthUnknown, fds, peers, peersOmitted, threads }: DocumentFinding): string {
  const towards = peers.map(
    (peer) => `${peer.addr}${peer.port === 0 ? "" : `:${peer.port}`} (${formatCount(peer.count)})`,
  );
  const more = peersOmitted === 0 ? [] : [`${formatCount(peersOmitted)} more`];
  const rows: readonly (readonly [string, string])[] = [
    ["sockets", formatCount(count)],
    ["growth", growth === null ? (growthUnknown ?? "not known") : growthText(growth)],
    [
      "fds",
      fds === null ? "not known" : `${formatCount(fds.used)} of ${fds.limit === null ? "?" : formatCount(fds.limit)}`,
    ],
    ["towards", [...towards, ...more].join(", ")],
    ["threads", threads.map(({ count: many, name, syscall }) => `${many} ${name} in ${syscall ?? "?"}`).join(", ")],
  ];
  const told = rows.filter(([, text]) => text !== "");
  return `<dl>${told.map(([name, text]) => `<dt>${name}</dt><dd>${escapeHtml(text)}</dd>`).join("")}</dl>`;
}

function growthText({ perHour, windowMs, method }: NonNullable<DocumentFinding["growth"]>): string {
  const by = method === "ages" ? "by the ages of those that stand" : "by counting";
  return `${perHour > 0 ? "+" : ""}${formatCount(perHour)} an hour, over ${formatDuration(windowMs)}, ${by}`;
}

function commandLine(process: DocumentFinding["process"]): string {
  if (process === null) return "";
  const text = process.args.length > 0 ? process.args.join(" ") : (process.exe ?? process.comm);
  return `<details><summary>${plural(process.args.length, "argument")}, ${escapeHtml(process.unit ?? process.exe ?? process.comm)}</summary><code>${escapeHtml(text)}</code></details>`;
}
