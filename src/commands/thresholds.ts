/** --older-than → from when a socket is a suspect, and a leak. */
import { DEFAULT_THRESHOLDS, type Thresholds } from "../analysis/finding.ts";

/** A suspect is never older than a leak. */
export function thresholdsOf({ olderThan }: { readonly olderThan?: number }): Thresholds {
  const olderThanMs = olderThan ?? DEFAULT_THRESHOLDS.olderThanMs;
  return { olderThanMs, suspectMs: Math.min(DEFAULT_THRESHOLDS.suspectMs, olderThanMs) };
}
