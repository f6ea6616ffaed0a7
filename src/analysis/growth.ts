/**
 * Is it getting worse? Unclosed sockets gained per hour, over CLOSE_WAIT and those gone since together, in two ways:
 *
 *   ages     oldest ──x──x───x──┊─x────x──┊ suspect age ┊ now     from the ages of those that stand, at the first look
 *   rounds   23 ── 25 ── 24 ── 31 ── 33                           counted again and again
 *
 * Of the ages, those gained are all but the first, since the first only opens the window; an age that is only "since first
 * seen" was there before us and says nothing about the rate. Ages cannot tell a leak from a coming and going: where the
 * rounds have something to say, they are believed.
 */
import { formatCount } from "../format/count.ts";
import { formatDuration } from "../format/duration.ts";
import type { History } from "../model/snapshot.ts";
import type { Growth, Thresholds } from "./finding.ts";

/**
 * Noise: with n gained the rate is uncertain by its own part 1/√n, so below 5 (45%) it is a guess. And at a steady
 * rate 5 sockets leave the second half of the window empty once in 32 times: so an empty half means a standstill.
 */
export const GROWTH_MIN_GAINED = 5;
/** Shorter than this, one burst of connections decides the rate, unless both halves have gained enough for one. */
const GROWTH_MIN_WINDOW_MS = 30_000;
/** And below it, whatever was gained is a burst. */
const GROWTH_BURST_MS = 4_000;
/** Two rounds cannot tell a burst from a growth. */
const GROWTH_MIN_ROUNDS = 3;
const HOUR_MS = 3_600_000;

/** What is known of the number of some sockets. */
export type Past = {
  /** Of those that stand, where it is more than "since first seen". */
  readonly agesMs: readonly number[];
  readonly histories: readonly History[];
};

export function growthOf({ agesMs, histories }: Past, thresholds: Thresholds): Growth {
  const ages = byAges(agesMs, thresholds);
  const counted = countRounds(histories);
  if (counted === null) return ages;
  const rounds = byRounds(counted);
  if (rounds.perHour !== null) return rounds;
  if (ages.perHour === null) return agesMs.length === 0 ? rounds : ages;
  const expected = (ages.perHour * counted.windowMs) / HOUR_MS;
  const refuted = expected >= GROWTH_MIN_GAINED && counted.gained <= 0;
  return refuted ? { perHour: 0, windowMs: counted.windowMs, method: "rounds" } : ages;
}

function byAges(all: readonly number[], { suspectMs }: Thresholds): Growth {
  let [begun, oldestMs, recent] = [0, 0, 0];
  for (const ageMs of all) {
    if (ageMs < suspectMs) continue;
    begun += 1;
    if (ageMs > oldestMs) oldestMs = ageMs;
  }
  if (begun === 0) return { perHour: null, why: "nothing was seen to begin" };
  const windowMs = oldestMs - suspectMs;
  for (const ageMs of all) if (ageMs >= suspectMs && ageMs - suspectMs <= windowMs / 2) recent += 1;
  return rateOf({ gained: begun - 1, recent, windowMs }, "ages");
}

type Gain = { readonly gained: number /** In the second half. */; readonly recent: number; readonly windowMs: number };

function byRounds({ rounds, ...gain }: Gain & { readonly rounds: number }): Growth {
  if (rounds < GROWTH_MIN_ROUNDS) return { perHour: null, why: `${rounds} looks: too few for a rate` };
  return rateOf(gain, "rounds");
}

function rateOf({ gained, recent, windowMs }: Gain, method: "ages" | "rounds"): Growth {
  if (Math.abs(gained) < GROWTH_MIN_GAINED) {
    const since = method === "ages" ? "since the first" : `in ${formatDuration(windowMs)}`;
    const change = `${formatCount(Math.abs(gained))} ${gained < 0 ? "fewer" : "more"}`;
    return { perHour: null, why: `${change} ${since}: too few for a rate` };
  }
  const steady = Math.min(recent, gained - recent) >= GROWTH_MIN_GAINED && windowMs >= GROWTH_BURST_MS;
  if (windowMs < GROWTH_MIN_WINDOW_MS && !steady) {
    return { perHour: null, why: `all within ${formatDuration(windowMs)}: too short for a rate` };
  }
  if (gained > 0 && recent <= 0) return { perHour: 0, windowMs: windowMs / 2, method };
  return { perHour: Math.round((gained * HOUR_MS) / windowMs), windowMs, method };
}

/** Null: no census has counted twice. */
export function countRounds(histories: readonly History[]): (Gain & { readonly rounds: number }) | null {
  const ends = histories.flatMap(({ points }) => [points[0]?.atUs ?? [], points.at(-1)?.atUs ?? []].flat());
  const rounds = histories.reduce((most, { points }) => Math.max(most, points.length), 0);
  if (rounds < 2) return null;
  const fromUs = ends.reduce((a, b) => Math.min(a, b));
  const toUs = ends.reduce((a, b) => Math.max(a, b));
  const countAt = (atUs: number) => histories.reduce((sum, { points }) => sum + countOf(points, atUs), 0);
  const last = countAt(toUs);
  const recent = last - countAt((fromUs + toUs) / 2);
  return { gained: last - countAt(fromUs), recent, windowMs: (toUs - fromUs) / 1000, rounds };
}

/** A course begins with its first socket: before it there were none. */
function countOf(points: History["points"], atUs: number): number {
  return points.findLast((point) => point.atUs <= atUs)?.count ?? 0;
}
