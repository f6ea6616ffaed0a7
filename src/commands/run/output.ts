/** --output, --junit and the baseline. A report names arguments and peers: only its owner may read it. */
import { extname } from "node:path";
import type { Analysis } from "../../analysis/finding.ts";
import { safeJson } from "../../format/safe-json.ts";
import type { GateDocument } from "../../gate/document.ts";
import { renderMarkdown } from "../../report/findings-markdown.ts";
import { renderJunit } from "../../report/gate/junit.ts";
import { renderGate } from "../../report/gate/text.ts";
import { CommandError, EXIT } from "../io.ts";
import { pageAssets, pageData, renderPage } from "../page.ts";
import { tryToWrite, writePrivately } from "../private-file.ts";
import { whyFailed } from "../why-failed.ts";
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

export type Owner = { readonly uid: number; readonly gid: number };
/** A file, and whose it shall be: under sudo, who called it; null: ours. */
export type Destination = { readonly path: string; readonly owner: Owner | null };

export function writeOutput(to: Destination, format: OutputFormat | null, report: Report): void {
  writeFile(to, textOf(format, report));
}

export function writeJunit(to: Destination, document: GateDocument): void {
  writeFile(to, renderJunit(document));
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

/** Before the command runs. Errors (CommandError, 2): what was asked for could not be written. */
export function mustBeWritable({ path, owner }: Destination): void {
  try {
    asOwner(owner, () => tryToWrite(path));
  } catch (error) {
    throw new CommandError(EXIT.usage, { message: `cannot write ${path}: ${whyFailed(error as Error)}` });
  }
}

/** With its owner's rights: the command could have put a link there, to what only we may write. Errors (CommandError, 4). */
export function writeFile({ path, owner }: Destination, text: string): void {
  try {
    asOwner(owner, () => writePrivately(path, text));
  } catch (error) {
    throw new CommandError(EXIT.failed, { message: `cannot write ${path}: ${whyFailed(error as Error)}` });
  }
}

/** As the command has them (setpriv --init-groups). @types/node does not know it. */
const { initgroups } = process as { readonly initgroups?: (user: number, group: number) => void };

/** Of all that this process does: nothing else may happen in between. */
function asOwner(owner: Owner | null, write: () => void): void {
  if (owner === null) {
    write();
    return;
  }
  const [uid, gid, groups] = [process.geteuid?.() ?? 0, process.getegid?.() ?? 0, process.getgroups?.() ?? []];
  initgroups?.(owner.uid, owner.gid);
  process.setegid?.(owner.gid);
  process.seteuid?.(owner.uid);
  try {
    write();
  } finally {
    process.seteuid?.(uid);
    process.setegid?.(gid);
    process.setgroups?.(groups);
  }
}
