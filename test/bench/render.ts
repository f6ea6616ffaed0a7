/** The lines of a row as a table for people: a column for each figure that any of them has. */
import { pad } from "../../src/format/columns.ts";
import type { Spread } from "./pairs.ts";
import type { Line } from "./rows.ts";

const NAME_COLUMNS = 28;
const GAP = 2;

type Figure = number | Spread | null | undefined;

export function renderRow(title: string, lines: readonly Line[]): string {
  const names = [...new Set(lines.flatMap(({ figures }) => Object.keys(figures ?? {})))];
  const columns = names.map((name) => {
    const cells = lines.map(({ figures }) => figureText(figures?.[name]));
    return { name, width: Math.max(name.length, ...cells.map(({ length }) => length)) + GAP };
  });
  const head = pad("", NAME_COLUMNS) + columns.map(({ name, width }) => pad(name, width, "right")).join("");
  const body = lines.map(({ contestant, figures, missing }) => {
    const cells = columns.map(({ name, width }) => pad(figureText(figures?.[name]), width, "right"));
    return pad(contestant, NAME_COLUMNS) + (missing === undefined ? cells.join("") : `  ${missing}`);
  });
  return `${[title, head, ...body].map((line) => line.trimEnd()).join("\n")}\n`;
}

/** "0.97 (0.95–0.99)" */
function figureText(figure: Figure): string {
  if (figure === null || figure === undefined) return "–";
  if (typeof figure === "number") return numberText(figure);
  const { median, least, most } = figure;
  return least === most ? numberText(median) : `${numberText(median)} (${numberText(least)}–${numberText(most)})`;
}

/** Three digits that count, none behind the point from 100 on. */
function numberText(value: number): string {
  if (value === 0) return "0";
  return Math.abs(value) >= 100
    ? Math.round(value).toLocaleString("en-US")
    : value.toPrecision(value < 0.1 ? 1 : 2 + Number(value >= 10));
}
