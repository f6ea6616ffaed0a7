/**
 * What a round costs, in milliseconds of CPU: our slices on the main thread (by the wall), the worker thread (its schedstat,
 * to the nanosecond) and the programs run (ss, nsenter, python3, lsof: cutime and cstime of proc_pid_stat(5), to 10 ms,
 * right over many rounds). Not in it: V8's helper threads. Too much in it: other children of ours that ended meanwhile.
 */
import { type Host, readOrNull } from "../port.ts";

/** USER_HZ is 100 on every machine that Node runs on. */
export const TICKS_PER_SECOND = 100;

export async function childrenMs(host: Host): Promise<number> {
  return parseChildrenTicks((await readOrNull(host, "/proc/self/stat")) ?? "") * (1000 / TICKS_PER_SECOND);
}

/** Fields 16 and 17; the name, field 2, may hold anything, ")" too. */
export function parseChildrenTicks(stat: string): number {
  const [user, system] = stat
    .slice(stat.lastIndexOf(")") + 2)
    .split(" ")
    .slice(13, 15)
    .map(Number);
  return (user ?? 0) + (system ?? 0) || 0;
}
