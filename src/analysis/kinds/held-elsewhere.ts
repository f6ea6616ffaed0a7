/** Who should close it has let go, or never knew of it: another process keeps it open. */
import type { Match, Question, Subject } from "../case.ts";
import type { Evidence } from "../evidence.ts";

export const heldElsewhere: Question = (of, evidence) => {
  if (of.socket.state !== "CLOSE_WAIT" || of.seen === null) return null;
  const { holders } = of.seen;
  // Nearly all: held by the one that it is known to belong to.
  if (holders.length === 1 && (of.socket.owner === null || holders[0]?.pid === of.socket.owner.pid)) return null;
  const pids = [...new Set(holders.map(({ pid }) => pid))];
  const match = { kind: "held-elsewhere", canLeak: true } as const;
  const names = pids.map((pid) => nameOf(pid, evidence)).join(", ");
  if (isLeftToOthers(of, pids, evidence)) {
    const confidence = of.socket.letGo ? "certain" : "likely";
    return { ...match, confidence, because: `a process let go of it, still open in ${names}` } satisfies Match;
  }
  // Of one executable they are workers, who may share on purpose.
  const exes = new Set(pids.flatMap((pid) => evidence.facts.get(pid)?.exe ?? []));
  if (exes.size < 2) return null;
  return {
    ...match,
    confidence: "likely",
    because: `open in processes of ${exes.size} programs: ${names}`,
  } satisfies Match;
};

/**
 * Somebody let go while another than its opener holds it: told by a probe, or because the opener lives and holds it no more.
 * An opener that is gone has left it to that one for good.
 */
function isLeftToOthers({ socket }: Subject, pids: readonly number[], { alive }: Evidence): boolean {
  const { owner, letGo } = socket;
  if (owner === null || owner.learned === "census" || pids.every((pid) => pid === owner.pid)) return false;
  return pids.includes(owner.pid) ? letGo : alive.has(owner.pid);
}

function nameOf(pid: number, { facts }: Evidence): string {
  const comm = facts.get(pid)?.comm;
  return comm === undefined ? `process ${pid}` : `${comm} ${pid}`;
}
