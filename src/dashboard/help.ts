/** The help panel, printed from the table of keys. */
import { cell, type Line } from "./cells.ts";
import { BINDINGS } from "./keys.ts";

const KEY_COLUMNS = 11;

export function helpLines(): Line[] {
  const keys = BINDINGS.map(({ shown, help }): Line => [cell(`  ${shown.padEnd(KEY_COLUMNS)}`, "key"), cell(help)]);
  return [[cell("Keys", "title")], ...keys, [], ...MARKS];
}

const MARKS: readonly Line[] = [
  [cell("  >          ", "key"), cell("chosen; before an age: at least (?: a gap since, perhaps closed)")],
  [cell("  !          ", "key"), cell("has never closed a socket, though it had cause to")],
  [cell("  red, dim   ", "key"), cell("leaks; may leak")],
  [cell("  v ^        ", "key"), cell("sorted by the column after it, largest or smallest first")],
];

/** The bottom line: as many hints as fit. */
export function hintLine(columns: number): Line {
  const cells = [];
  let used = 0;
  for (const { shown, hint } of BINDINGS) {
    if (hint === undefined) continue;
    used += shown.length + hint.length + 3;
    if (used > columns) break;
    cells.push(cell(shown, "key"), cell(` ${hint}  `));
  }
  return cells;
}
