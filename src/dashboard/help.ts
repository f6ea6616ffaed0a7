/** The help panel, printed from the table of keys. */
import { cell, type Line } from "./cells.ts";
import { BINDINGS, type Binding, REPLAY_BINDINGS } from "./keys.ts";

const KEY_COLUMNS = 11;

export function helpLines({ replay = false } = {}): Line[] {
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
  const cells = [];
  let used = 0;
  const bindings: readonly Binding<unknown>[] = replay ? [...REPLAY_BINDINGS, ...BINDINGS] : BINDINGS;
  for (const { shown, hint } of bindings) {
    if (hint === undefined) continue;
    used += shown.length + hint.length + 3;
    if (used > columns) break;
    cells.push(cell(shown, "key"), cell(` ${hint}  `));
  }
  return cells;
}
