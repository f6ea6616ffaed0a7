/** What the list is printed on: a width, what letters may be used, and lines with a style each. */
import { styleText } from "node:util";
import { truncate, wrap } from "../format/columns.ts";
import { safeAscii, safeText } from "../format/safe-text.ts";

export type ListOptions = {
  readonly columns: number;
  readonly colour?: boolean;
  /** Nothing but printable ASCII: for pipes, files and terminals without UTF-8. */
  readonly ascii?: boolean;
};

export type Page = {
  readonly columns: number;
  readonly ascii: boolean;
  readonly mark: string;
  /** Raw text made harmless, cut where it is longer than so many columns. */
  readonly safe: (raw: string, columns?: number) => string;
};

export type Style = "plain" | "alarm" | "strong" | "dim" | "good";
export type Line = { readonly text: string; readonly style: Style };
export type Block = readonly Line[];

/** Below it nothing can be read anyway. */
const COLUMNS_MIN = 40;

export function pageOf({ columns, ascii = false }: ListOptions): Page {
  const width = Math.max(COLUMNS_MIN, Math.floor(columns) || 0);
  return { columns: width, ascii, mark: ascii ? "~" : "…", safe: ascii ? safeAscii : safeText };
}

export type Hang = {
  readonly label?: string;
  /** Of the lines after the first; default: under the text. */
  readonly indent?: number;
  readonly style?: Style;
  readonly most?: number;
};

/** The text behind its label, broken between words. At most `most` lines. */
export function hang(text: string, hung: Hang, { columns, mark }: Page): Block {
  const { label = "", indent = label.length, style = "plain", most = Number.POSITIVE_INFINITY } = hung;
  const room = columns - Math.max(label.length, indent);
  const lines = wrap(text, room);
  const last = `${lines[most - 1]} ${mark}`;
  const kept = lines.length <= most ? lines : [...lines.slice(0, most - 1), truncate(last, room, mark)];
  return kept.map((line, index) => ({ text: (index === 0 ? label : " ".repeat(indent)) + line, style }));
}

/** Of these blocks, in this order, those that fit whole into so many lines. */
export function fill(blocks: readonly Block[], lines: number): Block {
  const taken: Line[] = [];
  for (const block of blocks) {
    if (taken.length + block.length <= lines) taken.push(...block);
  }
  return taken;
}

const FORMATS = { alarm: ["bold", "red"], strong: ["bold"], dim: ["dim"], good: ["green"] } as const;

export function paint({ text, style }: Line, colour: boolean): string {
  if (!colour || style === "plain") return text;
  // Whether colours are wanted was asked before; by itself it would look at this process's stdout.
  return styleText([...FORMATS[style]], text, { validateStream: false });
}
