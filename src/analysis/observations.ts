/** What is no leak of these kinds and worth a word all the same. Names are raw: escape where printed. */
import { formatCount } from "../format/count.ts";
import { formatDuration } from "../format/duration.ts";
import type { ProcessView, Snapshot } from "../model/snapshot.ts";

/** As in growth.ts: fewer, or sooner, is noise. */
const MIN_GAINED = 5;
const MIN_WINDOW_MS = 30_000;

export function observationsOf({ processes }: Snapshot): readonly string[] {
  return processes.flatMap((process) => risingFds(process) ?? []).sort();
}

/** Fds rise, and it is not by sockets that a peer has closed: perhaps by ESTABLISHED ones, which only its program can judge. */
function risingFds({ pid, comm, limits, unclosed, byState }: ProcessView): string | null {
  if (limits === null) return null;
  const { first, last } = limits;
  const [gained, windowMs] = [last.fds.used - first.fds.used, (last.atUs - first.atUs) / 1000];
  const established = byState.ESTABLISHED ?? 0;
  if (gained < MIN_GAINED || windowMs < MIN_WINDOW_MS || gained <= unclosed.length || established < gained) return null;
  const rise = `${formatCount(gained)} more fds in ${formatDuration(windowMs)}`;
  return `${comm} ${pid}: ${rise} beside ${formatCount(established)} ESTABLISHED sockets, which are no leak of these kinds`;
}
