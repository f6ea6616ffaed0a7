/** What the person chose, and how a key changes it. Pure; the view says what there is to choose from. */
import type { Action } from "./keys.ts";

export const PANES = ["sockets", "sites", "endings", "gaps"] as const;
type Pane = (typeof PANES)[number];

/** "leaked" is the analysis' own order, worst first. */
const SORTS = ["leaked", "suspect", "closeWait", "live", "oldest", "growth", "full", "kind", "pid", "comm"] as const;
export type Sort = (typeof SORTS)[number];

/** A process by pid, so that the choice stays on it when rows move; null: the row of sockets without a process. */
type Pid = number | null;

export type State = {
  /** Undefined: nothing chosen yet, so whatever is first. */
  readonly pid: Pid | undefined;
  /** Where its row was last seen, for when it is gone. */
  readonly row: number;
  readonly socket: string | undefined;
  readonly socketRow: number;
  readonly focus: "processes" | "pane";
  readonly pane: Pane;
  /** First line shown of a pane without rows to choose from. */
  readonly scroll: number;
  /** The chosen socket's timeline has the whole pane. */
  readonly zoom: boolean;
  readonly sort: Sort;
  readonly reversed: boolean;
  readonly paused: boolean;
  /** First line shown of the help; null: it is not open. */
  readonly help: number | null;
};

export const INITIAL: State = {
  pid: undefined,
  row: 0,
  socket: undefined,
  socketRow: 0,
  focus: "processes",
  pane: "sockets",
  scroll: 0,
  zoom: false,
  sort: "leaked",
  reversed: false,
  paused: false,
  help: null,
};

/** What the last view offered. */
export type Choices = {
  /** All rows of the process table, in order. */
  readonly pids: readonly Pid[];
  readonly tablePage: number;
  /** All rows of the sockets pane, in order; empty in the other panes. */
  readonly sockets: readonly string[];
  readonly panePage: number;
  /** How far a pane without rows can scroll. */
  readonly maxScroll: number;
  /** And the help, by pages of so many lines. */
  readonly help: { readonly page: number; readonly maxScroll: number };
};

export const NOTHING: Choices = {
  pids: [],
  tablePage: 0,
  sockets: [],
  panePage: 0,
  maxScroll: 0,
  help: { page: 0, maxScroll: 0 },
};

/** The row of what is chosen: where it is now or, when it is gone, what took its place. -1: there are none. */
export function rowOf<T>(chosen: T | undefined, row: number, rows: readonly T[]): number {
  const found = chosen === undefined ? -1 : rows.indexOf(chosen);
  return found >= 0 ? found : Math.min(row, rows.length - 1);
}

/** Names what the view has shown as chosen, so that it stays chosen when rows move. */
export function settle(state: State, { pids, sockets, maxScroll }: Choices): State {
  const row = rowOf(state.pid, state.row, pids);
  const moved = pids[row] !== state.pid;
  const socketRow = rowOf(moved ? undefined : state.socket, moved ? 0 : state.socketRow, sockets);
  return {
    ...state,
    pid: pids[row],
    row: Math.max(0, row),
    socket: sockets.length === 0 && !moved ? state.socket : sockets[socketRow],
    socketRow: Math.max(0, socketRow),
    scroll: Math.min(state.scroll, maxScroll),
  };
}

export function act(state: State, action: Action, choices: Choices): State {
  if (action === "help") return { ...state, help: state.help === null ? 0 : null };
  if (state.help !== null) return actInHelp(state, action, choices.help);
  const steps = stepsOf(action, state.focus === "pane" ? choices.panePage : choices.tablePage);
  if (steps !== undefined) return move(state, steps, choices);
  switch (action) {
    case "enter":
      return state.focus === "processes" ? { ...state, focus: "pane" } : { ...state, zoom: state.pane === "sockets" };
    case "back":
      return state.zoom ? { ...state, zoom: false } : { ...state, focus: "processes" };
    case "pane":
      return { ...state, pane: following(PANES, state.pane, 1), scroll: 0, zoom: false };
    case "paneBack":
      return { ...state, pane: following(PANES, state.pane, -1), scroll: 0, zoom: false };
    case "sort":
      return { ...state, sort: following(SORTS, state.sort, 1) };
    case "reverse":
      return { ...state, reversed: !state.reversed };
    case "pause":
      return { ...state, paused: !state.paused };
    default:
      return state;
  }
}

function actInHelp(state: State, action: Action, { page, maxScroll }: Choices["help"]): State {
  if (action === "back" || action === "enter") return { ...state, help: null };
  return { ...state, help: clamp((state.help ?? 0) + (stepsOf(action, page) ?? 0), maxScroll) };
}

function stepsOf(action: Action, page: number): number | undefined {
  switch (action) {
    case "up":
      return -1;
    case "down":
      return 1;
    case "pageUp":
      return -Math.max(1, page);
    case "pageDown":
      return Math.max(1, page);
    case "first":
      return Number.NEGATIVE_INFINITY;
    case "last":
      return Number.POSITIVE_INFINITY;
    default:
      return undefined;
  }
}

function move(state: State, steps: number, { pids, sockets, maxScroll }: Choices): State {
  if (state.focus === "processes") {
    const row = clamp(rowOf(state.pid, state.row, pids) + steps, pids.length - 1);
    return pids[row] === state.pid
      ? state
      : { ...state, row, pid: pids[row], socket: undefined, socketRow: 0, scroll: 0 };
  }
  if (state.pane !== "sockets") return { ...state, scroll: clamp(state.scroll + steps, maxScroll) };
  const socketRow = clamp(rowOf(state.socket, state.socketRow, sockets) + steps, sockets.length - 1);
  return { ...state, socketRow, socket: sockets[socketRow] };
}

function clamp(value: number, max: number): number {
  return Math.max(0, Math.min(value, max));
}

function following<T>(list: readonly T[], item: T, by: 1 | -1): T {
  return list[(list.indexOf(item) + by + list.length) % list.length] as T;
}
