/**
 * Lines of cells as content of one blessed box with `tags: false`: colours are SGR sequences, of this table only.
 * Everything outside what the views may use becomes "?": the last guard between a process's name and the terminal.
 */
import type { Line, Style } from "./cells.ts";

/** 244 is a grey that can be read on black and on white; "bright black" is invisible in some palettes. */
const SGR: Readonly<Record<Style, string>> = {
  plain: "",
  title: "1",
  head: "4",
  alarm: "31",
  never: "1;31",
  dim: "38;5;244",
  good: "32",
  chosen: "7",
  key: "1",
};

/** Printable ASCII and the eight blocks of the sparkline. */
const NOT_OURS = /[^ -~\u2581-\u2588]/gu;

export function paintLines(lines: readonly Line[]): string {
  return lines
    .map((line) => line.map(({ text, style }) => paint(text.replace(NOT_OURS, "?"), SGR[style])).join(""))
    .join("\n");
}

function paint(text: string, sgr: string): string {
  return sgr === "" || text === "" ? text : `\x1b[${sgr}m${text}\x1b[m`;
}
