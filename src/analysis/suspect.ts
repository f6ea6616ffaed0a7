/** Who has not closed what? One process (or nobody known) with its unclosed sockets judged. */
import type { ProcessView, SocketView } from "../model/snapshot.ts";
import { ageUs, type Evidence } from "./evidence.ts";
import type { Judged, Kind, Suspect } from "./finding.ts";
import { growthOf } from "./growth.ts";
import { judge } from "./kind.ts";
import { peersOf } from "./peers.ts";

export function suspectOfProcess(process: ProcessView, evidence: Evidence): Suspect {
  const { pid, comm, live, opened, closed } = process;
  return suspectOf({ pid, comm, live, opened, closed }, process.unclosed, evidence);
}

/** Sockets of which no process is known. */
export function suspectOfNobody(sockets: readonly SocketView[], evidence: Evidence): Suspect {
  return suspectOf({ pid: null, comm: null, live: sockets.length, opened: 0, closed: 0 }, sockets, evidence);
}

function suspectOf(
  who: Pick<Suspect, "pid" | "comm" | "live" | "opened" | "closed">,
  unclosed: readonly SocketView[],
  evidence: Evidence,
): Suspect {
  const sockets = unclosed.map((socket) => judge(socket, evidence)).sort(worstFirst);
  const worth = sockets.filter((judged) => judged.standing !== "listed");
  const leaked = worth.filter((judged) => judged.standing === "leak").length;
  const aged = sockets.filter(({ socket }) => ageUs(socket) >= evidence.thresholds.suspectMs * 1000);
  return {
    ...who,
    closeWait: unclosed.filter((socket) => socket.state === "CLOSE_WAIT").length,
    leaked,
    suspects: worth.length - leaked,
    kinds: countKinds(aged),
    oldestUs: oldestUs(worth.length > 0 ? worth : sockets),
    growth: growthOf(sockets, evidence.thresholds),
    peers: peersOf(worth.length > 0 ? worth : sockets),
    sockets,
    neverCloses: who.pid !== null && who.closed === 0 && worth.length > 0,
  };
}

const RANK: Readonly<Record<Judged["standing"], number>> = { leak: 0, suspect: 1, listed: 2 };

function worstFirst(a: Judged, b: Judged): number {
  return RANK[a.standing] - RANK[b.standing] || ageUs(b.socket) - ageUs(a.socket);
}

/** Sockets younger than the suspect age are on their way to being closed: their kind would only flicker. */
function countKinds(sockets: readonly Judged[]): Suspect["kinds"] {
  const kinds: Partial<Record<Kind, number>> = {};
  for (const { kind } of sockets) kinds[kind] = (kinds[kind] ?? 0) + 1;
  return kinds;
}

function oldestUs(sockets: readonly Judged[]): number | null {
  return sockets.reduce<number | null>((oldest, { socket }) => Math.max(oldest ?? 0, ageUs(socket)), null);
}
