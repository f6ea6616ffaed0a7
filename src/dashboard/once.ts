/** The screen as plain text, for `top --once`: the same view, no colours, no hints, no trailing blanks. */
import type { Analysis } from "../analysis/finding.ts";
import type { Snapshot } from "../model/snapshot.ts";
import { lineText } from "./cells.ts";
import { INITIAL } from "./state.ts";
import { SMALLEST, view } from "./view.ts";

export type Still = {
  readonly snapshot: Snapshot;
  readonly analysis: Analysis;
  readonly columns: number;
  readonly rows: number;
  readonly status: string | null;
  /** Where the output takes no UTF-8. */
  readonly ascii?: boolean;
};

/** The process that the snapshot was asked about is the chosen one. Text can be wider than a small terminal. */
export function renderOnce({ snapshot, analysis, status, ascii = false, ...size }: Still): string {
  const columns = Math.max(size.columns, SMALLEST.columns);
  const rows = Math.max(size.rows, SMALLEST.rows);
  const state = { ...INITIAL, pid: snapshot.detail?.pid };
  const { lines } = view({ snapshot, analysis, status }, state, { columns, rows, ascii, still: true });
  return `${lines
    .map((line) => lineText(line).trimEnd())
    .join("\n")
    .trimEnd()}\n`;
}
