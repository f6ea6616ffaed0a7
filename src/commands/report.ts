/** `sockleak report FILE…`: what a recording shows at an instant, as text, markdown, JSON or a page to look at. */
import { chmodSync, writeFileSync } from "node:fs";
import { analyse } from "../analysis/analyse.ts";
import { documentOf } from "../analysis/document.ts";
import type { Kind } from "../analysis/finding.ts";
import type { FindingsDocument } from "../analysis/findings-document.ts";
import { Tracker } from "../model/tracker.ts";
import { renderList } from "../report/list-text.ts";
import { type FailOn, failsOn } from "./fail-on.ts";
import { CommandError, EXIT, type Io } from "./io.ts";
import type { FORMATS } from "./options.ts";
import { type ReadOptions, readEvents } from "./recording.ts";
import { thresholdsOf } from "./thresholds.ts";

type Format = (typeof FORMATS)[number];

export type ReportOptions = ReadOptions & {
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
  const { endUs } = await readEvents(paths, options, {
    io,
    take: (events) => {
      for (const event of events) tracker.apply(event);
    },
  });
  const snapshot = tracker.snapshot(endUs);
  const { kind: kinds, sockets } = options;
  const analysis = analyse(snapshot, { ...thresholdsOf(options), ...(kinds !== undefined && { kinds }) });
  const document = documentOf(analysis, snapshot, { sockets: sockets ?? (format === "text" ? 0 : JSON_SOCKETS) });
  put(render(document, format, options, io), options, io);
  return failsOn(document, options.failOn ?? "never") ? EXIT.findings : EXIT.done;
}

function formatOf({ format, json }: ReportOptions): Format {
  if (json && format !== undefined && format !== "json") {
    throw new CommandError(EXIT.usage, { message: `--json and --format ${format}: give one of them` });
  }
  return json ? "json" : (format ?? "text");
}

function render(document: FindingsDocument, format: Format, { output }: ReportOptions, { terminal }: Io): string {
  const shown = output === undefined ? terminal : null;
  switch (format) {
    case "json":
      return `${JSON.stringify(document)}\n`;
    case "text":
      return renderList(document, {
        columns: shown?.columns ?? PAGE_COLUMNS,
        colour: shown?.colour ?? false,
        ascii: !(shown?.utf8 ?? false),
      });
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
