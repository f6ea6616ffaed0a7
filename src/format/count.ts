/** Whole numbers with a comma at each thousand, whatever the locale. */
export function formatCount(n: number): string {
  if (!Number.isFinite(n)) return "?";
  return String(Math.round(n)).replace(/\B(?=(\d{3})+$)/g, ",");
}

const SCALES = [
  [1e3, "k"],
  [1e6, "M"],
  [1e9, "G"],
  [1e12, "T"],
] as const;

/** A count in at most `columns` (4 or more): without commas, then as "12k", when the room is short. */
export function fitCount(n: number, columns: number): string {
  const full = formatCount(n);
  if (full.length <= columns) return full;
  const bare = full.replaceAll(",", "");
  if (bare.length <= columns) return bare;
  for (const [scale, name] of SCALES) {
    const short = `${Math.floor(n / scale)}${name}`;
    if (short.length <= columns) return short;
  }
  return bare;
}
