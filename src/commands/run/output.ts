/** --output and --junit. A report names arguments and peers: only its owner may read it. */
import { chmodSync, writeFileSync } from "node:fs";
import { extname } from "node:path";
import type { Analysis } from "../../analysis/finding.ts";
import { safeJson } from "../../format/safe-json.ts";
import type { GateDocument } from "../../gate/document.ts";
import { renderMarkdown } from "../../report/findings-markdown.ts";
import { renderJunit } from "../../report/gate/junit.ts";
import { renderGate } from "../../report/gate/text.ts";
import { CommandError, EXIT } from "../io.ts";
import { pageAssets, pageData, renderPage } from "../page.ts";
import type { Found } from "./watcher.ts";

const FORMATS = { ".json": "json", ".txt": "text", ".text": "text", ".md": "markdown", ".html": "html" } as const;
export type OutputFormat = (typeof FORMATS)[keyof typeof FORMATS];

/** Errors (CommandError, 2): a suffix of no format. */
export function formatOf(path: string): OutputFormat {
  const format = FORMATS[extname(path).toLowerCase() as keyof typeof FORMATS];
  if (format !== undefined) return format;
  const message = `--output ${path}: its suffix says how, and is none of ${Object.keys(FORMATS).join(", ")}`;
  throw new CommandError(EXIT.usage, { message });
}

type Report = { readonly found: Found; readonly analysis: Analysis; readonly document: GateDocument };

export function writeOutput(path: string, format: OutputFormat | null, report: Report): void {
  write(path, textOf(format, report));
}

export function writeJunit(path: string, document: GateDocument): void {
  write(path, renderJunit(document));
}

function textOf(format: OutputFormat | null, { found, analysis, document }: Report): string {
  switch (format) {
    case "markdown":
      return renderMarkdown(document);
    case "html":
      return renderPage(
        pageData({ snapshot: found.snapshot, analysis, document, chronicle: found.chronicle }),
        pageAssets(),
      );
    case "text":
      return renderGate(document, { allowIncomplete: false });
    default:
      return `${safeJson(document)}\n`;
  }
}

function write(path: string, text: string): void {
  try {
    writeFileSync(path, text, { mode: 0o600 });
    chmodSync(path, 0o600);
  } catch (error) {
    throw new CommandError(EXIT.failed, { message: `cannot write ${path}: ${(error as Error).message}` });
  }
}
