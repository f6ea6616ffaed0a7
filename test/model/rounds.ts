/** What censuses tell, event by event, for tests. */
import type { CensusEvent, Holder, ProcessEvent, RoundEvent } from "../../src/model/census.ts";
import type { Event } from "../../src/model/event.ts";
import { stamped } from "./lives.ts";

export function held(pid: number, fd = 7): Holder {
  return { pid, fd, epoll: null };
}

/** A socket in CLOSE_WAIT with its FIN unread, held by process 100, long silent; `over` says what is different. */
export function sight(atUs: number, over: Partial<CensusEvent> = {}): CensusEvent {
  const ends = { local: { addr: "10.0.0.1", port: 80 }, remote: { addr: "10.0.1.9", port: 1025 }, netns: 1 };
  const inode = over.inode ?? 77;
  const stamps = { lastSndMs: 90_000, lastRcvMs: 90_000, lastAckMs: 90_000, segsIn: 4 };
  const queues = { recvQ: 1, sendQ: 0, timer: "off" } as const;
  const owner = { holders: [held(100)], noHolder: null, ringPid: null, protocol: "TCP", cgroup: null };
  const named = { sock: `ns1/${inode}`, round: 1, cookie: null, inode, state: "CLOSE_WAIT" } as const;
  return stamped({ type: "census", atUs, ...named, ...ends, ...queues, ...stamps, ...owner, ...over } as const);
}

export function round(no: number, atUs: number, over: Partial<RoundEvent> = {}): RoundEvent {
  const span = { round: no, fromUs: atUs - 10, toUs: atUs, scope: "full", netns: [1] } as const;
  const told = { sockets: 0, byState: {}, costMs: 1, nextMs: null, why: [] };
  return stamped({ type: "round", atUs, ...span, ...told, ...over });
}

/** One round: these sights, and its end a microsecond later. */
export function look(no: number, atUs: number, ...sights: readonly Partial<CensusEvent>[]): Event[] {
  return [...sights.map((over) => sight(atUs, { ...over, round: no })), round(no, atUs + 1)];
}

export function facts(pid: number, over: Partial<ProcessEvent> = {}): ProcessEvent {
  const program = { comm: `p${pid}`, exe: `/bin/p${pid}`, exeDeleted: false, args: [`p${pid}`] };
  const who = { startedUs: pid, uid: 0, user: "root", ppid: 1, pidInContainer: null };
  const where = { unit: null, container: null, pod: null, netns: 1 };
  return stamped({ type: "process", atUs: 0, pid, ...program, ...who, ...where, ...over });
}
