/** Did the connections of a port or peer end after a fixed time? Then somebody's timeout ended them. */
import { formatCount } from "../format/count.ts";
import { formatDuration } from "../format/duration.ts";
import type { Endings } from "../model/snapshot.ts";

/** Below it, chance puts as many into one bucket. */
const SPIKE_MIN_COUNT = 5;
/** A bucket is 10 to 20% wide: half of all that ended in one of them is no spread of natural lengths. */
const SPIKE_MIN_SHARE = 0.5;
/** Requests that take a few milliseconds each fill one bucket too, and are no timeout. */
const SPIKE_MIN_MS = 500;

const BY: Readonly<Record<"us" | "peer" | "reset", string>> = {
  us: "closed by us",
  peer: "closed by the peer",
  reset: "reset",
};

/** "42 of 50 closed by the peer after 5.0 s", or null where there is no spike. */
export function nameSpike({ closedFirst, establishedMs: { peak } }: Endings): string | null {
  if (peak === null || peak.count < SPIKE_MIN_COUNT || peak.meanMs < SPIKE_MIN_MS) return null;
  const ended = closedFirst.us + closedFirst.peer + closedFirst.reset;
  if (peak.count < ended * SPIKE_MIN_SHARE) return null;
  return `${formatCount(peak.count)} of ${formatCount(ended)} ${BY[peak.closer]} after ${formatDuration(peak.meanMs)}`;
}
