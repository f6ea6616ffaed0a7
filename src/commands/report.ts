/** `sockleak report FILE…`: what a recording shows at an instant, as text, markdown, JSON or a page to look at. */
import { chmodSync, writeFileSync } from "node:fs";
import { analyse } from "../analysis/analyse.ts";
import { documentOf } from "../analysis/document.ts";
import type { Kind } from "../analysis/finding.ts";
import { safeJson } from "../format/safe-json.ts";
import { Chronicle, type ChronicleView } from "../model/chronicle.ts";
import { Tracker } from "../model/tracker.ts";
import type { Told } from "../report/html/data.ts";
import type { ListOptions } from "../report/list-page.ts";
import { renderList } from "../report/list-text.ts";
import { type FailOn, failsOn } from "./fail-on.ts";
import { CommandError, EXIT, type Io } from "./io.ts";
import type { FORMATS } from "./options.ts";
import { type ReadOptions, readEvents } from "./recording.ts";
import { type RedactOptions, redactionOf } from "./redaction.ts";
import { thresholdsOf } from "./thresholds.ts";

type Format = (typeof FORMATS)[number];

export type ReportOptions = ReadOptions &
  RedactOptions & {
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

const JSON_SOCKETS = 10;
/** Where the text goes to no terminal. */
const PAGE_COLUMNS = 100;

export async function report(paths: readonly string[], options: ReportOptions, io: Io): Promise<number> {
  if (paths.length === 0) {
    throw new CommandError(EXIT.usage, {
      message: "report needs a recording: report without one, over the live host, is not there yet",
      hint: "sockleak record FILE, then sockleak report FILE; sockleak list shows what stands now",
    });
  }
  const format = formatOf(options);
  const tracker = new Tracker();
  const chronicle = format === "html" ? new Chronicle(tracker) : null;
  const redact = redactionOf(options);
  const { endUs } = await readEvents(paths, options, {
    io,
    take: (events) => {
      for (const event of redact?.(events) ?? events) {
        tracker.apply(event);
        chronicle?.note(event);
      }
    },
  });
  const snapshot = tracker.snapshot(endUs);
  const { kind: kinds, sockets } = options;
  const analysis = analyse(snapshot, { ...thresholdsOf(options), ...(kinds !== undefined && { kinds }) });
  const document = documentOf(analysis, snapshot, { sockets: sockets ?? (format === "text" ? 0 : JSON_SOCKETS) });
  const told = { snapshot, analysis, document, chronicle: chronicle?.view() ?? null };
  put(await render(told, format, shownOn(options, io)), options, io);
  return failsOn(document, options.failOn ?? "never") ? EXIT.findings : EXIT.done;
}

function formatOf({ format, json }: ReportOptions): Format {
  if (json && format !== undefined && format !== "json") {
    throw new CommandError(EXIT.usage, { message: `--json and --format ${format}: give one of them` });
  }
  return json ? "json" : (format ?? "text");
}

function shownOn({ output }: ReportOptions, { terminal }: Io): ListOptions {
  const shown = output === undefined ? terminal : null;
  return {
    columns: shown?.columns ?? PAGE_COLUMNS,
    colour: shown?.colour ?? false,
    ascii: !(shown?.utf8 ?? false),
  };
}

type Report = Omit<Told, "chronicle"> & { readonly chronicle: ChronicleView | null };

async function render({ chronicle, ...told }: Report, format: Format, shown: ListOptions): Promise<string> {
  switch (format) {
    case "json":
      return `${safeJson(told.document)}\n`;
    case "text":
      return renderList(told.document, shown);
    case "markdown":
      return (await import("../report/findings-markdown.ts")).renderMarkdown(told.document);
    case "html": {
      const { renderPage, pageData, pageAssets } = await import("./page.ts");
      return renderPage(pageData({ ...told, chronicle: chronicle as ChronicleView }), pageAssets());
    }
  }
}

/** A report tells as much as the recording: only its owner may read it. */
function put(text: string, { output }: ReportOptions, io: Io): void {
  if (output === undefined) {
    io.out(text);
    return;
  }
  try {
    writeFileSync(output, text, { mode: 0o600 });
    chmodSync(output, 0o600);
  } catch (error) {
    throw new CommandError(EXIT.failed, { message: `cannot write ${output}: ${(error as Error).message}` });
  }
}
