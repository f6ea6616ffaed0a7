/**
 * The report as one file that a browser opens from anywhere: no network, nothing beside it. The findings are plain HTML, there
 * at once, without a script and in print; curves and timelines are drawn from the data behind them.
 */
import { gzipSync } from "node:zlib";
import type { FindingsDocument } from "../../analysis/findings-document.ts";
import { formatCount } from "../../format/count.ts";
import { plural } from "../../format/plural.ts";
import { cards } from "./cards.ts";
import { escapeHtml, inlineScript } from "./escape.ts";
import type { PageData } from "./page-data.ts";

/** The page's own script and style, as the build makes them (src/page). */
export type PageAssets = { readonly script: string; readonly style: string };

/** Nothing is loaded, and nothing but what stands in the page runs. */
const POLICY =
  "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'";

export function renderPage(data: PageData, { script, style }: PageAssets): string {
  const { document } = data;
  const title = `sockleak: ${document.host.name ?? "host not known"}`;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${POLICY}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${escapeHtml(title)}</title>
<style>${style.replace(/<\//g, "<\\/")}</style>
</head>
<body>
${header(document)}
<nav id="tools" hidden></nav>
<section id="findings"><h2>Findings</h2>
${document.findings.length === 0 ? "<p>None.</p>" : cards(document)}
${observations(document)}</section>
<section id="pictures"></section>
${footer(document)}
<script type="text/plain" id="data">${gzipSync(JSON.stringify(data), { level: 9 }).toString("base64")}</script>
<script>${inlineScript(script)}</script>
</body>
</html>
`;
}

function header({ summary, host, observed }: FindingsDocument): string {
  const { from, to, mode, attachment, why } = observed;
  const how =
    attachment === null ? "not known how" : attachment === "census" ? "census only" : `${attachment}, ${mode}`;
  const facts = [
    host.name ?? "host not known",
    `kernel ${host.kernel ?? "not known"}`,
    how,
    `${time(from)} to ${time(to)}`,
  ];
  const missing =
    why.length === 0
      ? '<p class="whole">Nothing that was looked for was lost.</p>'
      : `<div class="missing"><h2>Not seen</h2><ul>${why.map((clause) => `<li>${escapeHtml(clause)}</li>`).join("")}</ul></div>`;
  return `<header class="${summary.verdict}">
<h1>${escapeHtml(summary.text)}</h1>
<p>${facts.map(escapeHtml).join(" · ")}</p>
${missing}
</header>`;
}

/** To a second, as people read it. */
function time(iso: string | null): string {
  return iso === null ? "time not known" : `${iso.slice(0, 19).replace("T", " ")} UTC`;
}

function observations({ observations: texts }: FindingsDocument): string {
  return texts.length === 0
    ? ""
    : `<ul class="observations">${texts.map((text) => `<li>${escapeHtml(text)}</li>`).join("")}</ul>`;
}

function footer({ totals }: FindingsDocument): string {
  const { opened, standing, closed, live, lost } = totals;
  const books = `${formatCount(opened)} opened, ${formatCount(standing)} there before, ${formatCount(closed)} closed, ${formatCount(live)} live, ${plural(lost, "end")} not seen`;
  return `<footer><p>${books}. Made by sockleak.</p></footer>`;
}
