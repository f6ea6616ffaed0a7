/** What is no leak of these kinds and worth a word all the same. Names are raw: escape where printed. */
import { formatCount } from "../format/count.ts";
import { formatDuration } from "../format/duration.ts";
import type { ListenerView, ProcessView, Snapshot } from "../model/snapshot.ts";

/** As in growth.ts: fewer, or sooner, is noise. */
const MIN_GAINED = 5;
const MIN_WINDOW_MS = 30_000;

export function observationsOf({ processes, listening }: Snapshot): readonly string[] {
  const names = new Map(processes.map(({ pid, comm }) => [pid, comm]));
  const full = listening.flatMap((listener) => fullQueue(listener, names) ?? []);
  return [...full, ...processes.flatMap((process) => risingFds(process) ?? [])].sort();
}

/** Connections reset while they wait leave no row: only the queue's length tells of them. */
function fullQueue({ local, pids, queue, backlog }: ListenerView, names: ReadonlyMap<number, string>): string | null {
  // The kernel takes one more than the bound.
  if (queue === null || backlog === null || queue === 0 || queue <= backlog) return null;
  const who = pids[0] === undefined ? "nobody known" : `${names.get(pids[0]) ?? "?"} ${pids[0]}`;
  return `${who}: the accept queue of port ${local.port} is full, ${formatCount(queue)} wait and new connections are dropped`;
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
