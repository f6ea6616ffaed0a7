import type { ThreadGroup } from "../../model/census.ts";
import type { TcpState } from "../../model/state.ts";
import type { Row } from "./row.ts";
import type { Thread } from "./threads.ts";

const SHOWN_TIDS = 10;

/** State and silence are null where the socket was not looked at in this round. */
export type Waited = Pick<Row, "local" | "remote" | "lastRcvMs"> & { readonly state: TcpState | null };

type Waits = ThreadGroup["waitsFor"];

/** Same kind of name, same place, same far end: one group, largest first. `rowOf` knows the socket of an inode. */
export function groupThreads(
  threads: readonly Thread[],
  rowOf: (inode: number) => Waited | undefined,
): readonly ThreadGroup[] {
  const groups = new Map<string, ThreadGroup>();
  for (const thread of threads) {
    const { state, wchan, syscall } = thread;
    const name = thread.name.replace(/\d+/g, "*");
    const waitsFor = waitsOf(thread, rowOf);
    const far = waitsFor && [waitsFor.remote ?? waitsFor.local, waitsFor.state];
    const key = JSON.stringify([name, state, wchan, syscall, far]);
    const group = groups.get(key) ?? { count: 0, tids: [], name: thread.name, state, wchan, syscall, waitsFor };
    groups.set(key, {
      ...group,
      count: group.count + 1,
      name: group.count === 0 || group.name === thread.name ? group.name : name,
      tids: group.tids.length < SHOWN_TIDS ? [...group.tids, thread.tid] : group.tids,
      waitsFor: leastSilent(group.waitsFor, waitsFor),
    });
  }
  return [...groups.values()].sort((a, b) => b.count - a.count || (a.tids[0] ?? 0) - (b.tids[0] ?? 0));
}

function waitsOf({ waitsOn }: Thread, rowOf: (inode: number) => Waited | undefined): Waits {
  if (waitsOn === null) return null;
  const row = rowOf(waitsOn.inode);
  return {
    fd: waitsOn.fd,
    local: row?.local ?? null,
    remote: row?.remote ?? null,
    state: row?.state ?? null,
    silentMs: row?.lastRcvMs ?? null,
  };
}

/** What is true of all of the group: silent for at least this long. */
function leastSilent(one: Waits, other: Waits): Waits {
  if (one === null || other === null || one.silentMs === null || other.silentMs === null) return one;
  return other.silentMs < one.silentMs ? other : one;
}
