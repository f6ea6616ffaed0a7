/**
 * Text of the kernel, of /proc, of the network, made harmless for a terminal.
 *
 * What could move the cursor, change the terminal, reorder the line, take no room or take an unknown room is
 * written out as an escape. So is the backslash, so that no name can pass for an escaped one.
 *
 *   "a\nb\x1b[2J"  →  a\nb\x1b[2J        "\u202e"  →  \u{202e}        "a\\b"  →  a\\b
 *
 * safeText keeps letters of other scripts (trace lines); safeAscii escapes them too: blessed without
 * fullUnicode counts one column for every UTF-16 unit, and shows wide letters as "??".
 */
import { charWidth } from "./width.ts";

const NAMED: Readonly<Record<string, string>> = { "\n": "\\n", "\r": "\\r", "\t": "\\t", "\\": "\\\\" };

/** Only letters, digits, punctuation, symbols: no controls, format characters, marks, unassigned, private, other spaces. */
const VISIBLE = /^[\p{L}\p{N}\p{P}\p{S}]$/u;
/** Visible by category, yet of no width, of a width terminals disagree on, or (Braille blank) not to be seen. */
const UNSURE = /^[\p{Default_Ignorable_Code_Point}\p{Extended_Pictographic}\p{Regional_Indicator}\u2800]$/u;
/** Scripts written from right to left: one letter is enough for a terminal to reorder the line around it. */
const RIGHT_TO_LEFT = [
  [0x0590, 0x08ff],
  [0xfb1d, 0xfdff],
  [0xfe70, 0xfeff],
  [0x10800, 0x10fff],
  [0x1e800, 0x1efff],
] as const;
/** Hangul letters that join with their neighbours instead of taking a cell. */
const JOINING = [
  [0x1100, 0x11ff],
  [0xa960, 0xa97f],
  [0xd7b0, 0xd7ff],
] as const;

export function safeText(raw: string, maxColumns = Number.POSITIVE_INFINITY): string {
  return escapeAll(raw, { keep: isHarmless, maxColumns, mark: "…" });
}

/** Printable ASCII only. */
export function safeAscii(raw: string, maxColumns = Number.POSITIVE_INFINITY): string {
  return escapeAll(raw, { keep: isPrintableAscii, maxColumns, mark: "~" });
}

type Rules = { readonly keep: (char: string) => boolean; readonly maxColumns: number; readonly mark: string };

/** Cuts between escapes, never inside one, so that what is left can still be read. Stops early on long input. */
function escapeAll(raw: string, { keep, maxColumns, mark }: Rules): string {
  let out = "";
  let used = 0;
  /** Where to cut if the text turns out too long: the last place that leaves room for the mark. */
  let cut = 0;
  for (const char of raw) {
    const shown = escapeChar(char, keep);
    const columns = keep(char) ? charWidth(char) : shown.length;
    if (used + columns > maxColumns) return maxColumns < 1 ? "" : out.slice(0, cut) + mark;
    out += shown;
    used += columns;
    if (used < maxColumns) cut = out.length;
  }
  return out;
}

function escapeChar(char: string, keep: Rules["keep"]): string {
  const named = NAMED[char];
  if (named !== undefined) return named;
  if (keep(char)) return char;
  const code = char.codePointAt(0) ?? 0;
  return code < 0x100 ? `\\x${code.toString(16).padStart(2, "0")}` : `\\u{${code.toString(16)}}`;
}

function isPrintableAscii(char: string): boolean {
  return char >= " " && char <= "~" && char !== "\\";
}

function isHarmless(char: string): boolean {
  if (char <= "~") return isPrintableAscii(char);
  const code = char.codePointAt(0) ?? 0;
  return VISIBLE.test(char) && !UNSURE.test(char) && !within(RIGHT_TO_LEFT, code) && !within(JOINING, code);
}

function within(ranges: readonly (readonly [number, number])[], code: number): boolean {
  return ranges.some(([from, to]) => code >= from && code <= to);
}
