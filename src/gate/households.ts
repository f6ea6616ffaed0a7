/**
 * What was left behind, by program: a thousand short processes of one program that leak are one finding. The analysis is asked
 * as if each program were one process, that of the oldest socket.
 */
import { groupsOf } from "../analysis/groups.ts";
import type { ProcessView, Snapshot } from "../model/snapshot.ts";
import { programOf } from "./program.ts";
import type { Left } from "./watch.ts";

export type Household = {
  readonly program: string;
  /** Its sockets may have been closed after all. */
  readonly doubtful: boolean;
  readonly pids: readonly number[];
  readonly left: readonly Left[];
};

/** Of what nobody is known to have left, the program is "". */
export function householdsOf(left: readonly Left[]): readonly Household[] {
  return [true, false].flatMap((doubtful) => {
    const such = left.filter(({ release }) => (release === "last-moments") === doubtful);
    return [...groupsOf(such, (one) => (one.pid === null ? "" : programOf(one)))].map(([program, all]) =>
      householdOf({ program, doubtful }, all),
    );
  });
}

function householdOf(of: Pick<Household, "program" | "doubtful">, all: readonly Left[]): Household {
  const oldestFirst = all.toSorted((a, b) => (b.socket.peerClosedUs ?? 0) - (a.socket.peerClosedUs ?? 0));
  const pids = [...new Set(oldestFirst.flatMap(({ pid }) => (pid === null ? [] : [pid])))];
  return { ...of, pids, left: oldestFirst };
}

/** The snapshot with the household in the place of its processes. */
export function snapshotOf(snapshot: Snapshot, household: Household): Snapshot {
  const isKnown = household.pids.length > 0;
  const processes = isKnown ? [viewOf(household, snapshot)] : [];
  const ownerless = isKnown ? [] : household.left.map(({ socket }) => socket);
  return { ...snapshot, processes, ownerless, listening: [] };
}

function viewOf({ pids, left }: Household, { processes }: Snapshot): ProcessView {
  const [pid = 0] = pids;
  const first = left.find((one) => one.pid === pid);
  const living = processes.find((process) => process.pid === pid);
  return {
    pid,
    comm: first?.comm ?? "?",
    facts: first?.facts ?? null,
    limits: null,
    threads: living?.threads ?? null,
    history: [],
    live: left.length,
    opened: 0,
    closed: 0,
    hasClosed: false,
    late: null,
    byState: {},
    unclosed: left.map(({ socket }) => socket),
  };
}
