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
  | "help";

export type Binding = {
  /** As blessed names them. */
  readonly keys: readonly string[];
  readonly shown: string;
  readonly action: Action;
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
    help: "next pane: sockets, endings (who closed first), gaps",
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
  { keys: ["h", "?"], shown: "h", action: "help", help: "this help (? too)", hint: "help" },
  { keys: ["q", "C-c"], shown: "q", action: "quit", help: "quit (Ctrl-C too)", hint: "quit" },
];

const BY_KEY = new Map(BINDINGS.flatMap(({ keys, action }) => keys.map((key) => [key, action] as const)));

export function actionOf(key: string): Action | undefined {
  return BY_KEY.get(key);
}
