/** The one table of keys: the screen obeys it, the help panel and the bottom line are printed from it. */
export type Action =
  | "quit"
  | "up"
  | "down"
  | "pageUp"
  | "pageDown"
  | "first"
  | "last"
  | "enter"
  | "back"
  | "pane"
  | "paneBack"
  | "sort"
  | "reverse"
  | "pause"
  | "lastUse"
  | "help";

/** What a replay can be told besides. */
export type ReplayAction =
  | "faster"
  | "slower"
  | "asFastAsPossible"
  | "stepBack"
  | "stepOn"
  | "leapBack"
  | "leapOn"
  | "toStart"
  | "nextMark"
  | "nextGap"
  | "firstLeak"
  | "goTo";

export type Binding<A = Action> = {
  /** As blessed names them. */
  readonly keys: readonly string[];
  readonly shown: string;
  readonly action: A;
  readonly help: string;
  /** A word for the bottom line. */
  readonly hint?: string;
};

export const BINDINGS: readonly Binding[] = [
  { keys: ["up", "k"], shown: "Up k", action: "up", help: "one row up" },
  { keys: ["down", "j"], shown: "Down j", action: "down", help: "one row down" },
  { keys: ["pageup"], shown: "PgUp", action: "pageUp", help: "one page up" },
  { keys: ["pagedown"], shown: "PgDn", action: "pageDown", help: "one page down" },
  { keys: ["home", "g"], shown: "Home g", action: "first", help: "to the first row" },
  { keys: ["end", "S-g"], shown: "End G", action: "last", help: "to the last row" },
  {
    keys: ["enter", "linefeed", "right"],
    shown: "Enter",
    action: "enter",
    help: "into the process's sockets; on a socket: its whole timeline",
    hint: "open",
  },
  { keys: ["escape", "left"], shown: "Esc", action: "back", help: "one step back out (Left too)", hint: "back" },
  {
    keys: ["tab"],
    shown: "Tab",
    action: "pane",
    help: "next pane: sockets, sites (code paths), endings (who closed first), gaps",
    hint: "pane",
  },
  { keys: ["S-tab"], shown: "Shift-Tab", action: "paneBack", help: "previous pane" },
  { keys: ["s"], shown: "s", action: "sort", help: "sort the processes by the next column", hint: "sort" },
  { keys: ["r"], shown: "r", action: "reverse", help: "reverse the order", hint: "reverse" },
  {
    keys: ["p", "space"],
    shown: "p",
    action: "pause",
    help: "hold the picture (Space too); events are still counted",
    hint: "pause",
  },
  {
    keys: ["u"],
    shown: "u",
    action: "lastUse",
    help: "tell who last used the process's sockets; again: no more",
  },
  { keys: ["h", "?"], shown: "h", action: "help", help: "this help (? too)", hint: "help" },
  { keys: ["q", "C-c"], shown: "q", action: "quit", help: "quit (Ctrl-C too)", hint: "quit" },
];

export const REPLAY_BINDINGS: readonly Binding<ReplayAction>[] = [
  { keys: ["+", "="], shown: "+", action: "faster", help: "twice as fast, up to 1000 times", hint: "faster" },
  { keys: ["-"], shown: "-", action: "slower", help: "half as fast, down to 0.1", hint: "slower" },
  { keys: ["f"], shown: "f", action: "asFastAsPossible", help: "as fast as possible" },
  { keys: [","], shown: ",", action: "stepBack", help: "10 seconds back" },
  { keys: ["."], shown: ".", action: "stepOn", help: "10 seconds on" },
  { keys: ["<"], shown: "<", action: "leapBack", help: "a twentieth of the whole back" },
  { keys: [">"], shown: ">", action: "leapOn", help: "a twentieth of the whole on", hint: "leap" },
  { keys: ["0"], shown: "0", action: "toStart", help: "to the start" },
  { keys: ["m"], shown: "m", action: "nextMark", help: "to the next mark", hint: "mark" },
  { keys: ["n"], shown: "n", action: "nextGap", help: "to the next gap" },
  { keys: ["l"], shown: "l", action: "firstLeak", help: "to the first leak", hint: "leak" },
  { keys: ["t"], shown: "t", action: "goTo", help: "to a time that you type: +5m, -30s, 12:00:13", hint: "time" },
];

const REPLAY_BY_KEY = new Map(REPLAY_BINDINGS.flatMap(({ keys, action }) => keys.map((key) => [key, action] as const)));

export function replayActionOf(key: string): ReplayAction | undefined {
  return REPLAY_BY_KEY.get(key);
}

const BY_KEY = new Map(BINDINGS.flatMap(({ keys, action }) => keys.map((key) => [key, action] as const)));

export function actionOf(key: string): Action | undefined {
  return BY_KEY.get(key);
}
