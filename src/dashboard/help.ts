/** The help panel, printed from the table of keys. */
import { cell, fitLines, type Line } from "./cells.ts";
import { BINDINGS, type Binding, REPLAY_BINDINGS } from "./keys.ts";

const KEY_COLUMNS = 11;

type Page = { readonly lines: readonly Line[]; readonly page: number; readonly maxScroll: number };

/** As much as there is room for, below a line that says whether there is more. */
export function helpPage(asked: { readonly replay: boolean; readonly first: number; readonly page: number }): Page {
  const { replay, first, page } = asked;
  const all = helpLines({ replay });
  const maxScroll = Math.max(0, all.length - page);
  const from = Math.min(first, maxScroll);
  const more = from < maxScroll ? "more below: Down, PgDn" : from > 0 ? "more above: Up, PgUp" : "";
  return { lines: [[cell(more, "key")], ...fitLines(all.slice(from), page)], page, maxScroll };
}

function helpLines({ replay }: { readonly replay: boolean }): Line[] {
  const replaying = replay ? [[cell("Of the replay", "title")], ...keyLines(REPLAY_BINDINGS)] : [];
  return [[cell("Keys", "title")], ...keyLines(BINDINGS), ...replaying, ...MARKS];
}

function keyLines(bindings: readonly Binding<unknown>[]): Line[] {
  return bindings.map(({ shown, help }) => [cell(`  ${shown.padEnd(KEY_COLUMNS)}`, "key"), cell(help)]);
}

const MARKS: readonly Line[] = [
  [cell("  >          ", "key"), cell("chosen; before an age: at least (?: a gap since, perhaps closed)")],
  [cell("  !          ", "key"), cell("has never closed a socket, though it had cause to")],
  [cell("  red, dim   ", "key"), cell("leaks; may leak")],
  [cell("  v ^        ", "key"), cell("sorted by the column after it, largest or smallest first")],
];

/** The bottom line: as many hints as fit. */
export function hintLine(columns: number, { replay = false } = {}): Line {
  const bindings: readonly Binding<unknown>[] = replay ? [...REPLAY_BINDINGS, ...BINDINGS] : BINDINGS;
  const hints = bindings.flatMap(({ shown, hint, action }) => (hint === undefined ? [] : [{ shown, hint, action }]));
  // Who finds help finds the others: these two are there in any case.
  const needed = hints.filter(({ action }) => action === "help" || action === "quit");
  let left = columns - needed.reduce((sum, hint) => sum + widthOf(hint), 0);
  const fitting = hints.filter((hint) => {
    if (needed.includes(hint)) return true;
    left -= widthOf(hint);
    return left >= 0;
  });
  return fitting.flatMap(({ shown, hint }) => [cell(shown, "key"), cell(` ${hint}  `)]);
}

function widthOf({ shown, hint }: { readonly shown: string; readonly hint: string }): number {
  return shown.length + hint.length + 3;
}
