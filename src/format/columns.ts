/** Columns of text by what a terminal shows, not by string length. */
import { charWidth, displayWidth } from "./width.ts";

export type Align = "left" | "right";

/** At most `columns` wide; what is cut off is marked by `mark`. Never cuts inside a code point. */
export function truncate(text: string, columns: number, mark = "…"): string {
  if (displayWidth(text) <= columns) return text;
  const room = columns - displayWidth(mark);
  if (room < 0) return "";
  let out = "";
  let used = 0;
  for (const char of text) {
    used += charWidth(char);
    if (used > room) break;
    out += char;
  }
  return out + mark;
}

export function pad(text: string, columns: number, align: Align = "left"): string {
  const fill = " ".repeat(Math.max(0, columns - displayWidth(text)));
  return align === "left" ? text + fill : fill + text;
}

/** Exactly `columns` wide. */
export function fit(text: string, columns: number, { align = "left" as Align, mark = "…" } = {}): string {
  return pad(truncate(text, columns, mark), columns, align);
}

/** Lines of at most `columns`, broken at spaces; a word that is longer than a line is broken where it must be. */
export function wrap(text: string, columns: number): string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ").flatMap((long) => chunks(long, columns))) {
    const longer = line === "" ? word : `${line} ${word}`;
    if (displayWidth(longer) <= columns) {
      line = longer;
    } else {
      lines.push(line);
      line = word;
    }
  }
  return [...lines, line];
}

function chunks(word: string, columns: number): string[] {
  const parts: string[] = [];
  let part = "";
  for (const char of word) {
    if (part !== "" && displayWidth(part) + charWidth(char) > columns) {
      parts.push(part);
      part = "";
    }
    part += char;
  }
  return [...parts, part];
}
