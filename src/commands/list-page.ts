/** What `sockleak list` prints of one look. */
import { analyse } from "../analysis/analyse.ts";
import { documentOf } from "../analysis/document.ts";
import type { FindingsDocument } from "../analysis/findings-document.ts";
import { safeJson } from "../format/safe-json.ts";
import type { Snapshot } from "../model/snapshot.ts";
import { renderList } from "../report/list-text.ts";
import { printSockets } from "../report/sockets-ndjson.ts";
import type { Io } from "./io.ts";
import type { ListOptions } from "./list.ts";
import { thresholdsOf } from "./thresholds.ts";

const JSON_SOCKETS = 10;
/** Where the text goes to no terminal. */
const PAGE_COLUMNS = 100;
/** To the top left, and all below erased: what stood there before is over. */
const CLEAR = "\u001b[H\u001b[J";

export function documentFor(snapshot: Snapshot, options: ListOptions): FindingsDocument {
  const { kind: kinds, sockets, json, socketsNdjson } = options;
  const analysis = analyse(snapshot, { ...thresholdsOf(options), ...(kinds !== undefined && { kinds }) });
  const told = socketsNdjson ? Number.POSITIVE_INFINITY : json ? JSON_SOCKETS : 0;
  return documentOf(analysis, snapshot, { sockets: sockets ?? told });
}

type Printing = { readonly options: ListOptions; readonly io: Io; readonly first: boolean };

export function print(document: FindingsDocument, { options, io, first }: Printing): string {
  if (options.json) return `${safeJson(document)}\n`;
  if (options.socketsNdjson) return printSockets(document);
  const { terminal } = io;
  const text = renderList(document, {
    columns: terminal?.columns ?? PAGE_COLUMNS,
    colour: terminal?.colour ?? false,
    ascii: !(terminal?.utf8 ?? false),
  });
  if (options.watch === undefined) return text;
  if (terminal !== null) return CLEAR + text;
  return first ? text : `\n${text}`;
}
