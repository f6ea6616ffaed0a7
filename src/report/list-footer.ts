/** What was not seen, by name, and what was looked at: the last words, since they bound all that is above. */
import type { FindingsDocument } from "../analysis/findings-document.ts";
import { plural } from "../format/plural.ts";
import { type Block, hang, type Page } from "./list-page.ts";

const HOST_COLUMNS = 40;
const NOT_SEEN_LINES = 4;

export function footerBlock(document: FindingsDocument, page: Page): Block {
  const { why } = document.observed;
  const hung = { indent: 2, style: "strong", most: NOT_SEEN_LINES } as const;
  const missing = why.length === 0 ? [] : hang(`not seen: ${page.safe(why.join("; "))}`, hung, page);
  return [...missing, ...hang(sourceText(document, page), { style: "dim" }, page)];
}

/** "vm, 2026-11-21 12:00:13 UTC, census only: 6,112 connections in 3 network namespaces" */
function sourceText({ host, observed, totals }: FindingsDocument, { safe }: Page): string {
  const name = host.name === null ? "host not known" : safe(host.name, HOST_COLUMNS);
  const time = observed.to === null ? "time not known" : `${observed.to.slice(0, 19).replace("T", " ")} UTC`;
  const namespaces = observed.census === null ? "" : ` in ${plural(observed.census.namespaces, "network namespace")}`;
  return `${name}, ${time}, ${howText(observed)}: ${plural(totals.live, "connection")}${namespaces}`;
}

function howText({ attachment, mode }: FindingsDocument["observed"]): string {
  if (attachment === null) return "not known how";
  return attachment === "census" ? "census only" : `${attachment}${mode === null ? "" : `, ${mode}`}`;
}
