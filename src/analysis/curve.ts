/** When did it grow? The ages of those that stand, in buckets of equal width from the oldest until now. */
import type { Finding, Judged } from "./finding.ts";

/** A curve on a screen is no wider. */
const BUCKETS = 60;

export function curveOf(sockets: readonly Judged[]): Finding["curve"] {
  const agesMs: number[] = [];
  let oldestMs = 0;
  for (const { age } of sockets) {
    if (age.basis === "first-seen") continue;
    agesMs.push(age.minMs);
    if (age.minMs > oldestMs) oldestMs = age.minMs;
  }
  if (oldestMs <= 0) return null;
  const counts = new Array<number>(BUCKETS).fill(0);
  for (const ageMs of agesMs) {
    const bucket = Math.min(BUCKETS - 1, Math.floor((1 - ageMs / oldestMs) * BUCKETS));
    counts[bucket] = (counts[bucket] ?? 0) + 1;
  }
  return { bucketMs: Math.ceil(oldestMs / BUCKETS), counts };
}
