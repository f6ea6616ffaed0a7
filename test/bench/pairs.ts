/**
 * Paired runs: untraced, traced, untraced, … Each traced one is held against the mean of its two neighbours, so that a machine
 * that grows slower or faster meanwhile changes neither.
 */
export type Spread = { readonly median: number; readonly least: number; readonly most: number };

/** What each traced run is of the untraced ones around it. `untraced` has one more than `traced`. */
export function ratios(untraced: readonly number[], traced: readonly number[]): readonly number[] {
  return traced.map((rate, at) => {
    const [before, after] = [untraced[at], untraced[at + 1]];
    if (before === undefined || after === undefined)
      throw new Error("each traced run needs an untraced one on both sides");
    return rate / ((before + after) / 2);
  });
}

export function spreadOf(values: readonly number[]): Spread {
  if (values.length === 0) throw new Error("no values, no spread");
  const sorted = [...values].sort((a, b) => a - b);
  const [low = 0, high = 0] = [sorted[Math.floor((sorted.length - 1) / 2)], sorted[Math.ceil((sorted.length - 1) / 2)]];
  return { median: (low + high) / 2, least: sorted[0] as number, most: sorted.at(-1) as number };
}
