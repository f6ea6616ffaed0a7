/** The lower part of the screen: one of four panes, and how many rows it would like. */
import type { Suspect } from "../analysis/finding.ts";
import { type Cell, cell, fitLines, type Line, sideBySide } from "./cells.ts";
import { endingsTable, endingsTitle } from "./endings.ts";
import { gapLines, gapsTitle } from "./gaps.ts";
import type { Shown } from "./header.ts";
import { sitesTable } from "./sites.ts";
import { type Row, socketRows, socketsTitle, socketTable, timeline, timelineRows } from "./sockets.ts";
import { PANES, rowOf, type State } from "./state.ts";

type Drawn = { readonly lines: readonly Line[]; readonly page: number; readonly maxScroll: number };

export type Pane = {
  /** Rows that would show all of it. */
  readonly wants: number;
  readonly sockets: readonly string[];
  readonly draw: (rows: number) => Drawn;
};

/** From here on the timeline stands beside the sockets instead of below. */
const SIDE_BY_SIDE_FROM = 150;
const SOCKETS_SHARE = 0.52;
/** With fewer rows a timeline says nothing: more sockets do. */
const TIMELINE_MIN = 5;

export type Of = { readonly shown: Shown; readonly chosen: Suspect | undefined };

export function paneOf(of: Of, state: State, columns: number): Pane {
  switch (state.pane) {
    case "sockets":
      return socketsPane(of, state, columns);
    case "sites":
      return sitesPane(of, state, columns);
    case "endings":
      return endingsPane(of, state, columns);
    case "gaps":
      return gapsPane(of, state, columns);
  }
}

/** The chosen one in brackets, so that it can be told without colour. */
function tabs(state: State, title: string): Line {
  const names = PANES.map((pane): Cell => {
    if (pane !== state.pane) return cell(` ${pane} `, "dim");
    return cell(`[${pane}]`, state.focus === "pane" ? "chosen" : "title");
  });
  return [...names, cell("  "), cell(title, "title")];
}

function socketsPane({ shown, chosen }: Of, state: State, columns: number): Pane {
  const rows = socketRows(chosen, shown.snapshot);
  const at = rowOf(
    state.socket,
    state.socketRow,
    rows.map(({ socket }) => socket.id),
  );
  const title = tabs(state, socketsTitle(chosen, shown.snapshot, rows.length));
  const row = rows[at];
  const steps = row === undefined ? 0 : timelineRows(row);
  const focused = state.focus === "pane";
  const wide = columns >= SIDE_BY_SIDE_FROM;
  return {
    wants: 2 + (wide ? Math.max(rows.length, steps) : rows.length + steps),
    sockets: rows.map(({ socket }) => socket.id),
    draw: (height) => {
      const { atUs } = shown.snapshot;
      const room = height - 1;
      if (state.zoom) return drawn([title, ...timeline(row, atUs, { columns, rows: room })], room);
      if (wide) return drawn([title, ...beside({ rows, at, atUs, focused }, columns, room)], room - 1);
      const half = Math.min(steps, Math.floor(room / 2));
      const below = half < TIMELINE_MIN ? 0 : half;
      const page = Math.max(0, room - 1 - below);
      const table = fitLines(socketTable(rows, at, { columns, rows: page, focused }), page + 1);
      return drawn([title, ...table, ...timeline(row, atUs, { columns, rows: below })], page);
    },
  };
}

type Sockets = { rows: readonly Row[]; at: number; atUs: number; focused: boolean };

function beside({ rows, at, atUs, focused }: Sockets, columns: number, room: number): Line[] {
  const left = Math.floor(columns * SOCKETS_SHARE);
  const table = socketTable(rows, at, { columns: left, rows: room - 1, focused });
  return sideBySide(fitLines(table, room), timeline(rows[at], atUs, { columns: columns - left - 3, rows: room }), left);
}

function sitesPane({ shown, chosen }: Of, state: State, columns: number): Pane {
  const { title, head, lines } = sitesTable(chosen, shown.snapshot, columns);
  return scrolled([tabs(state, title), head], { rows: lines, line: (line) => line }, state);
}

function endingsPane({ shown }: Of, state: State, columns: number): Pane {
  const { head, ...table } = endingsTable(shown.snapshot, columns);
  return scrolled([tabs(state, endingsTitle(shown.snapshot)), head], table, state);
}

function gapsPane({ shown }: Of, state: State, columns: number): Pane {
  const rows = gapLines(shown, columns);
  return scrolled([tabs(state, gapsTitle(shown))], { rows, line: (line) => line }, state);
}

/** Rows of which none can be chosen; only those that are visible become lines. */
function scrolled<R>(
  head: readonly Line[],
  { rows, line }: { readonly rows: readonly R[]; readonly line: (row: R) => Line },
  state: State,
): Pane {
  return {
    wants: head.length + rows.length,
    sockets: [],
    draw: (height) => {
      const page = Math.max(0, height - head.length);
      const maxScroll = Math.max(0, rows.length - page);
      const first = Math.min(state.scroll, maxScroll);
      return drawn([...head, ...rows.slice(first, first + page).map(line)], page, maxScroll);
    },
  };
}

function drawn(lines: readonly Line[], page: number, maxScroll = 0): Drawn {
  return { lines, page: Math.max(1, page), maxScroll };
}
