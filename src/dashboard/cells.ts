/** What a view is made of: lines of styled pieces of text, one column per character. */
import type { Age } from "../analysis/finding.ts";
import { formatShortDuration } from "../format/duration.ts";
import { safeAscii } from "../format/safe-text.ts";

export type Style = "plain" | "title" | "head" | "alarm" | "never" | "dim" | "good" | "chosen" | "key";
export type Cell = { readonly text: string; readonly style: Style };
export type Line = readonly Cell[];
export type Size = { readonly columns: number; readonly rows: number };

export function cell(text: string, style: Style = "plain"): Cell {
  return { text, style };
}

/** In 7 columns; ">": at least, its begin was not seen. */
export function ageText({ minMs, maxMs, basis }: Age): string {
  const isExact = basis === "traced" || (maxMs !== null && maxMs - minMs < 1_000);
  return `${isExact ? "" : ">"}${formatShortDuration(minMs)}`;
}

/** Marks what was cut off. ASCII, so that it is one column everywhere. */
const CUT = "~";

/** Like format/columns, for text that is known to be one column per character. */
export function fixed(text: string, columns: number, align: "left" | "right" = "left"): string {
  const cut = text.length <= columns ? text : text.slice(0, Math.max(0, columns - 1)) + CUT.slice(0, columns);
  return align === "left" ? cut.padEnd(columns) : cut.padStart(columns);
}

/** Our own sentences use a few letters that not every terminal has; everything else is escaped. */
export function ascii(text: string, maxColumns?: number): string {
  const plain = text.replace(/[→←≥≤…·–—×]/gu, (letter) => OURS[letter] ?? letter);
  return safeAscii(plain, maxColumns);
}

const OURS: Readonly<Record<string, string>> = {
  "→": "->",
  "←": "<-",
  "≥": ">=",
  "≤": "<=",
  "…": "...",
  "·": "|",
  "–": "-",
  "—": "-",
  "×": "x",
};

/** Exactly `columns` wide. */
export function fitLine(line: Line, columns: number): Line {
  const out: Cell[] = [];
  let room = columns;
  for (const { text, style } of line) {
    if (room <= 0) break;
    const part = text.length <= room ? text : fixed(text, room);
    out.push({ text: part, style });
    room -= part.length;
  }
  return room > 0 ? [...out, cell(" ".repeat(room))] : out;
}

/** Exactly `rows` lines. */
export function fitLines(lines: readonly Line[], rows: number): Line[] {
  const out = lines.slice(0, Math.max(0, rows));
  while (out.length < rows) out.push([]);
  return out;
}

export function sideBySide(left: readonly Line[], right: readonly Line[], leftColumns: number): Line[] {
  const rows = Math.max(left.length, right.length);
  return Array.from({ length: rows }, (_, i) => [
    ...fitLine(left[i] ?? [], leftColumns),
    cell(" | ", "dim"),
    ...(right[i] ?? []),
  ]);
}

/** The first of `count` rows to show so that `chosen` is in the middle of `rows`, as far as the ends allow. */
export function firstVisible(chosen: number, rows: number, count: number): number {
  return Math.max(0, Math.min(chosen - Math.floor(rows / 2), count - rows));
}

export function lineText(line: Line): string {
  return line.map(({ text }) => text).join("");
}
