import type { TcpState } from "../../model/state.ts";
import type { SocketPayload } from "./payload.ts";

/** Sampled a round: a process of 200 threads takes 33 ms of the worker. */
const MOST = 32;

/** The processes that hold most of what lingers or is gone; for what was never accepted, those that listen there. */
export function mostSuspect(sockets: readonly SocketPayload[], lingering: ReadonlySet<TcpState>): ReadonlySet<number> {
  const counts = new Map<number, number>();
  const add = ({ holders }: SocketPayload, count: number) => {
    for (const pid of new Set(holders.map((holder) => holder.pid))) counts.set(pid, (counts.get(pid) ?? 0) + count);
  };
  const waiting = new Map<string, number>();
  for (const socket of sockets) {
    if (!lingering.has(socket.state) && socket.state !== "CLOSE") continue;
    add(socket, 1);
    const door = doorOf(socket);
    if (socket.inode === 0) waiting.set(door, (waiting.get(door) ?? 0) + 1);
  }
  for (const socket of sockets) {
    const count = socket.state === "LISTEN" ? waiting.get(doorOf(socket)) : undefined;
    if (count !== undefined) add(socket, count);
  }
  const ranked = [...counts].sort(([, a], [, b]) => b - a);
  return new Set(ranked.slice(0, MOST).map(([pid]) => pid));
}

function doorOf({ netns, local }: SocketPayload): string {
  return `${netns} ${local?.port}`;
}
