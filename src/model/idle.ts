/**
 * Buckets for the time that connections lived, fine enough to show a timeout as a spike.
 *
 * Each decade has 18 buckets whose lower edges lie 2% below 1, 1.2, 1.5, … 9: time-outs are set to round numbers and
 * fire a little late, so that 5.0 s, 60 s or 75 s fall inside a bucket and never on an edge between two.
 */
const STEPS_OF_DECADE = [1, 1.2, 1.5, 1.75, 2, 2.5, 3, 3.5, 4, 4.5, 5, 5.5, 6, 6.5, 7, 7.5, 8, 9];
const EDGE_BELOW = 0.98;
/** 1 ms to 27.8 hours: longer ones share the last bucket. */
const DECADES = 8;

/** Lower edges in milliseconds. counts[i] is of [IDLE_BOUNDS_MS[i], IDLE_BOUNDS_MS[i + 1]); the first starts at 0. */
export const IDLE_BOUNDS_MS: readonly number[] = [
  0,
  ...Array.from({ length: DECADES }, (_, decade) =>
    STEPS_OF_DECADE.map((step) => Number((step * EDGE_BELOW * 10 ** decade).toPrecision(6))),
  ).flat(),
];

/** The bucket of a duration: a binary search, 8 steps. */
export function idleBucketOf(ms: number): number {
  let low = 0;
  let high = IDLE_BOUNDS_MS.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((IDLE_BOUNDS_MS[middle] ?? 0) <= ms) low = middle;
    else high = middle - 1;
  }
  return low;
}
