/**
 * What is on the screen: one snapshot, what the analysis says of it, what the person chose, the size of the terminal.
 * All decisions about layout are here and in the pure files beside it; panels only paint.
 *
 *   title            sockleak  db1  tracepoint, full  watched 4 min 12 s  1,204 events/s
 *   time line        of a recording only: where in it this is, the leak's curve, marks and gaps
 *   alarms           losses, a dead source: only when there are any
 *   verdict          python3 4121 leaks 23 sockets …
 *   history          CLOSE_WAIT over time: a line of text, or room for a chart
 *   totals           books and states
 *   processes        a table, worst first
 *   pane             [sockets] endings gaps, of the chosen process
 *   hints            keys
 */
import type { Suspect } from "../analysis/finding.ts";
import { thin } from "../format/sparkline.ts";
import { cell, fitLine, fitLines, type Line, type Size } from "./cells.ts";
import {
  alarmLines,
  historyLine,
  historyTitle,
  type Shown,
  seriesMs,
  titleLine,
  totalsLines,
  verdictLines,
} from "./header.ts";
import { helpPage, hintLine } from "./help.ts";
import { paneOf } from "./pane.ts";
import { processTable, sortSuspects } from "./processes.ts";
import { timelineLines } from "./replay.ts";
import { type Choices, NOTHING, rowOf, type State } from "./state.ts";

export type ViewOptions = Size & {
  /** The terminal shows no UTF-8. */
  readonly ascii?: boolean;
  /** Text only, nobody presses keys: no hints, no chart. */
  readonly still?: boolean;
};

export type Chart = Size & { readonly top: number; readonly values: readonly number[]; readonly overMs: number };

export type View = {
  /** As many as the terminal has, each as wide as it is. */
  readonly lines: readonly Line[];
  /** Where the lines leave room for a chart. */
  readonly chart: Chart | null;
  readonly choices: Choices;
};

export const SMALLEST: Size = { columns: 60, rows: 12 };
/** From here on a chart has room beside a table worth reading. */
const CHART_FROM: Size = { columns: 100, rows: 30 };
/** With fewer rows the books give way to the tables. */
const TOTALS_FROM_ROWS = 16;
const CHART_POINTS = 240;

export function view(shown: Shown, state: State, options: ViewOptions): View {
  const { columns, rows } = options;
  if (columns < SMALLEST.columns || rows < SMALLEST.rows) return tooSmall(options);
  const replay = shown.timeline !== undefined;
  const hints = options.still ? [] : [hintLine(columns, { replay })];
  const top = topOf(shown, state, options);
  const suspects = sortSuspects(shown.analysis.suspects, state);
  const body = bodyOf({ shown, suspects }, state, { columns, rows: rows - top.lines.length - hints.length });
  const help = helpPage({ replay, first: state.help ?? 0, page: rows - 2 - hints.length });
  const lines =
    state.help === null ? [...top.lines, ...body.lines, ...hints] : [...top.lines.slice(0, 1), ...help.lines, ...hints];
  return {
    lines: fitLines(lines, rows).map((line) => fitLine(line, columns)),
    chart: state.help === null ? top.chart : null,
    choices: { ...body.choices, help },
  };
}

function tooSmall({ columns, rows }: Size): View {
  const lines = [`too small: ${columns}x${rows}`, `sockleak needs ${SMALLEST.columns}x${SMALLEST.rows}`, "q quits"];
  return {
    lines: fitLines(
      lines.map((text) => [cell(text, "alarm")]),
      rows,
    ).map((line) => fitLine(line, columns)),
    chart: null,
    choices: NOTHING,
  };
}

function topOf(shown: Shown, state: State, options: ViewOptions): { lines: Line[]; chart: Chart | null } {
  const { columns, rows } = options;
  const roomy = rows >= CHART_FROM.rows;
  const alarms = alarmLines(shown);
  const times = shown.timeline === undefined ? [] : timelineLines(shown.timeline, columns, options.ascii === true);
  const lines = [
    titleLine(shown, state),
    ...times,
    ...alarms,
    ...verdictLines(shown, { columns, rows: roomy ? 4 : 2 }),
  ];
  const totals = rows < TOTALS_FROM_ROWS ? [] : totalsLines(shown, columns);
  const { series } = shown.snapshot;
  // contrib's line chart divides by the number of points, and draws nothing with one.
  if (!roomy || columns < CHART_FROM.columns || options.ascii || options.still || series.length < 2) {
    return { lines: [...lines, historyLine(shown, columns, options.ascii === true), ...totals], chart: null };
  }
  lines.push([cell(historyTitle(shown))]);
  const values = thin(
    series.map(({ closeWait }) => closeWait),
    CHART_POINTS,
  );
  const chart = {
    top: lines.length,
    columns,
    rows: Math.min(10, Math.floor(rows / 4)),
    values,
    overMs: seriesMs(series),
  };
  return { lines: [...lines, ...Array.from({ length: chart.rows }, () => []), ...totals], chart };
}

type Chosen = Omit<Choices, "help">;
type Body = { readonly shown: Shown; readonly suspects: readonly Suspect[] };

function bodyOf({ shown, suspects }: Body, state: State, { columns, rows }: Size): { lines: Line[]; choices: Chosen } {
  const chosen =
    suspects[
      rowOf(
        state.pid,
        state.row,
        suspects.map(({ pid }) => pid),
      )
    ];
  const pane = paneOf({ shown, chosen }, state, columns);
  const tableRows = shareOf(rows - 1, { wanted: suspects.length, paneWants: pane.wants, state });
  const paneRows = rows - 1 - tableRows;
  const table = fitLines(processTable({ suspects, columns, rows: tableRows }, state), tableRows + 1);
  const drawn = pane.draw(paneRows);
  return {
    lines: [...table, ...fitLines(drawn.lines, paneRows)],
    choices: {
      pids: suspects.map(({ pid }) => pid),
      tablePage: tableRows,
      sockets: pane.sockets,
      panePage: drawn.page,
      maxScroll: drawn.maxScroll,
    },
  };
}

type Wishes = { readonly wanted: number; readonly paneWants: number; readonly state: State };

/** Rows of the table: where the keys are gets the larger share; what one side does not need goes to the other. */
function shareOf(rows: number, { wanted, paneWants, state }: Wishes): number {
  const share = Math.floor(rows * (state.focus === "processes" ? 0.5 : 0.25));
  return Math.max(1, Math.min(wanted, Math.max(share, rows - paneWants)));
}
