/** Who is it, and how do we know? */
import type { ProcessView } from "../model/snapshot.ts";
import type { AttributedBy, Culprit, Judged } from "./finding.ts";

export function culpritOf({ pid, comm, facts }: ProcessView, sockets: readonly Judged[]): Culprit {
  const pod = facts?.pod ?? null;
  return {
    pid,
    comm,
    startedUs: facts?.startedUs ?? null,
    exe: facts?.exe ?? null,
    args: facts?.args ?? [],
    user: facts?.user ?? (facts?.uid == null ? null : String(facts.uid)),
    unit: facts?.unit ?? null,
    container: facts?.container?.id ?? null,
    pod: pod === null ? null : (pod.name ?? pod.uid),
    netns: facts?.netns ?? sockets.find(({ socket }) => socket.netns !== null)?.socket.netns ?? null,
  };
}

/** The best that is known of any of them. */
export function attributionOf(sockets: readonly Judged[], pid: number): AttributedBy {
  if (sockets.every(({ kind, socket }) => kind === "never-accepted" && socket.owner === null)) return "listener";
  const held = sockets.some(
    ({ socket: { sight } }) => sight?.seen.ringPid === pid || sight?.seen.holders.some((holder) => holder.pid === pid),
  );
  return held || sockets.some(({ socket }) => socket.owner?.learned === "census") ? "holder" : "trace";
}
