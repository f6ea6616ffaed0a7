/**
 * Whose are they? The model puts each socket with the process responsible for it. What waits in an accept queue is nobody's
 * yet: here it goes to who holds the listening socket.
 */
import type { ListenerView, ProcessView, Snapshot, SocketView } from "../model/snapshot.ts";
import type { Evidence } from "./evidence.ts";
import { groupsOf } from "./groups.ts";
import { isQueued } from "./kinds/never-accepted.ts";
import { listenersOf } from "./listeners.ts";

/** `doors`: listening sockets in whose queue it may be. */
export type Owned = { readonly socket: SocketView; readonly doors: number };

/** A process (or null: nobody known) and the unclosed sockets that it has to answer for. */
export type Household = { readonly process: ProcessView | null; readonly sockets: readonly Owned[] };

type Processes = ReadonlyMap<number, ProcessView>;

export function householdsOf({ processes, ownerless }: Snapshot, { listeners }: Evidence): readonly Household[] {
  const known: Processes = new Map(processes.map((process) => [process.pid, process]));
  const found = ownerless.map((socket) => {
    const doors = isQueued(socket) ? listenersOf(socket, listeners) : [];
    return { socket, doors: doors.length, pid: answerable(doors[0], known) };
  });
  const byPid = groupsOf(found, ({ pid }) => pid);
  const strays = byPid.get(null) ?? [];
  const households: Household[] = processes.map((process) => ({
    process,
    sockets: [...process.unclosed.map((socket) => ({ socket, doors: 0 })), ...(byPid.get(process.pid) ?? [])],
  }));
  return strays.length === 0 ? households : [...households, { process: null, sockets: strays }];
}

/** Of those that share the listening socket with the longest queue, the oldest: the others have it from there. */
function answerable(door: ListenerView | undefined, known: Processes): number | null {
  const pids = (door?.pids ?? []).filter((pid) => known.has(pid));
  const startOf = (pid: number) => known.get(pid)?.facts?.startedUs ?? Number.POSITIVE_INFINITY;
  return pids.toSorted((a, b) => (startOf(a) < startOf(b) ? -1 : startOf(a) > startOf(b) ? 1 : a - b))[0] ?? null;
}
