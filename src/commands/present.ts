/** A report in the format that was asked for, to where it was asked for. */
import { analyse } from "../analysis/analyse.ts";
import { documentOf } from "../analysis/document.ts";
import type { Kind } from "../analysis/finding.ts";
import { safeJson } from "../format/safe-json.ts";
import type { Chronicle, ChronicleView } from "../model/chronicle.ts";
import type { Snapshot } from "../model/snapshot.ts";
import type { Told } from "../report/html/data.ts";
import type { ListOptions } from "../report/list-page.ts";
import { renderList } from "../report/list-text.ts";
import type { FailOn } from "./fail-on.ts";
import { CommandError, EXIT, type Io } from "./io.ts";
import type { FORMATS } from "./options.ts";
import { tryToWrite, writePrivately } from "./private-file.ts";
import { thresholdsOf } from "./thresholds.ts";
import { whyFailed } from "./why-failed.ts";

type Format = (typeof FORMATS)[number];

export type RenderOptions = {
  readonly format?: Format;
  readonly json?: true;
  /** Sockets told of each finding. */
  readonly sockets?: number;
  readonly olderThan?: number;
  readonly kind?: ReadonlySet<Kind>;
  readonly failOn?: FailOn;
  /** A file instead of standard output. */
  readonly output?: string;
};

export type Report = Omit<Told, "chronicle"> & { readonly chronicle: ChronicleView | null };

const JSON_SOCKETS = 10;
/** Where the text goes to no terminal. */
const PAGE_COLUMNS = 100;

export function formatOf({ format, json }: RenderOptions): Format {
  if (json && format !== undefined && format !== "json") {
    throw new CommandError(EXIT.usage, { message: `--json and --format ${format}: give one of them` });
  }
  return json ? "json" : (format ?? "text");
}

/** What a snapshot shows, judged. */
export function told(
  { snapshot, chronicle }: { readonly snapshot: Snapshot; readonly chronicle: Chronicle | null },
  options: RenderOptions,
): Report {
  const { kind: kinds, sockets } = options;
  const analysis = analyse(snapshot, { ...thresholdsOf(options), ...(kinds !== undefined && { kinds }) });
  const document = documentOf(analysis, snapshot, {
    sockets: sockets ?? (formatOf(options) === "text" ? 0 : JSON_SOCKETS),
  });
  return { snapshot, analysis, document, chronicle: chronicle?.view() ?? null };
}

export async function render({ chronicle, ...of }: Report, options: RenderOptions, io: Io): Promise<string> {
  switch (formatOf(options)) {
    case "json":
      return `${safeJson(of.document)}\n`;
    case "text":
      return renderList(of.document, shownOn(options, io));
    case "markdown":
      return (await import("../report/findings-markdown.ts")).renderMarkdown(of.document);
    case "folded":
      return (await import("../report/stacks.ts")).renderFolded(of.document);
    case "speedscope":
      return `${safeJson((await import("../report/stacks.ts")).renderSpeedscope(of.document))}\n`;
    case "html": {
      const { renderPage, pageData, pageAssets } = await import("./page.ts");
      return renderPage(pageData({ ...of, chronicle: chronicle as ChronicleView }), pageAssets());
    }
  }
}

function shownOn({ output }: RenderOptions, { terminal }: Io): ListOptions {
  const shown = output === undefined ? terminal : null;
  return {
    columns: shown?.columns ?? PAGE_COLUMNS,
    colour: shown?.colour ?? false,
    ascii: !(shown?.utf8 ?? false),
  };
}

/** Before what takes minutes. Errors (CommandError, 3): what was asked for could not be written. */
export function mustBeWritable({ output }: RenderOptions): void {
  if (output === undefined) return;
  try {
    tryToWrite(output);
  } catch (error) {
    throw new CommandError(EXIT.cannot, { message: `cannot write ${output}: ${whyFailed(error as Error)}` });
  }
}

/** A report tells as much as the recording: only its owner may read it. */
export function put(text: string, { output }: RenderOptions, io: Io): void {
  if (output === undefined) {
    io.out(text);
    return;
  }
  try {
    writePrivately(output, text);
  } catch (error) {
    throw new CommandError(EXIT.failed, { message: `cannot write ${output}: ${whyFailed(error as Error)}` });
  }
}
