/** A series as one line of text, from nothing to the highest value. */
const BLOCKS = [" ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"];
/** Where the terminal shows no UTF-8. */
const ASCII = [" ", ".", ":", "-", "=", "+", "*", "#", "@"];

/** The newest `columns` values; zero is blank, and anything above zero is to be seen. */
export function sparkline(values: readonly number[], columns: number, { ascii = false } = {}): string {
  const glyphs = ascii ? ASCII : BLOCKS;
  const shown = columns > 0 ? values.slice(-columns) : [];
  const top = Math.max(...shown, 0);
  return shown.map((value) => glyphs[level(value, top, glyphs.length - 1)]).join("");
}

function level(value: number, top: number, levels: number): number {
  if (!(value > 0)) return 0;
  return Math.max(1, Math.min(levels, Math.round((value / top) * levels)));
}

/** At most `count` values: neighbours are joined into the highest of them, so that no peak is lost. */
export function thin(values: readonly number[], count: number): number[] {
  if (values.length <= count) return [...values];
  const out: number[] = [];
  for (let i = 0; i < count; i++) {
    const from = Math.floor((i * values.length) / count);
    const to = Math.floor(((i + 1) * values.length) / count);
    out.push(Math.max(...values.slice(from, to)));
  }
  return out;
}
