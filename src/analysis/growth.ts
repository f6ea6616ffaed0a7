/**
 * Is it getting worse? Leaked and suspect sockets gained per hour, from the ages of those that stand now:
 *
 *   oldest ──x──x───x──┊─x────x──┊ suspect age ┊ now     window: from the oldest to the suspect age ago
 *
 * Those gained are all but the first, since the first only opens the window. Sockets whose age is a lower bound were
 * there before us and say nothing about the rate.
 */
import { formatDuration } from "../format/duration.ts";
import { ageUs } from "./evidence.ts";
import type { Judged, Suspect, Thresholds } from "./finding.ts";

/**
 * Noise: with n gained the rate is uncertain by its own part 1/√n, so below 5 (45%) it is a guess. And at a steady
 * rate 5 sockets leave the second half of the window empty once in 32 times: so an empty half means a standstill.
 */
export const GROWTH_MIN_GAINED = 5;
/** Shorter than this, one burst of connections decides the rate. */
const GROWTH_MIN_WINDOW_MS = 30_000;
const HOUR_MS = 3_600_000;

export function growthOf(sockets: readonly Judged[], thresholds: Thresholds): Suspect["growth"] {
  const agesMs = sockets
    .filter(({ socket, standing }) => standing !== "listed" && socket.peerClosedUs !== null)
    .map(({ socket }) => ageUs(socket) / 1000);
  if (agesMs.length === 0) return { perHour: null, why: "nothing was seen to begin" };
  const gained = agesMs.length - 1;
  const windowMs = agesMs.reduce((a, b) => Math.max(a, b), 0) - thresholds.suspectMs;
  if (gained < GROWTH_MIN_GAINED) return { perHour: null, why: `${gained} more since the first: too few for a rate` };
  if (windowMs < GROWTH_MIN_WINDOW_MS) {
    const why = `all within ${formatDuration(windowMs)}: too short for a rate`;
    return { perHour: null, why };
  }
  const recentMs = windowMs / 2;
  const standstill = agesMs.every((ageMs) => ageMs - thresholds.suspectMs > recentMs);
  if (standstill) return { perHour: 0, windowMs: recentMs, method: "ages" };
  return { perHour: Math.round((gained * HOUR_MS) / windowMs), windowMs, method: "ages" };
}
