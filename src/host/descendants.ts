/** The processes that one has started, and those these have started, now. */
import { type Host, readOrNull } from "./port.ts";

/** /proc/PID/task/TID/children (CONFIG_PROC_CHILDREN, proc(5)): those of each of its threads. What ends meanwhile is left out. */
export async function descendantsOf(host: Host, pid: number): Promise<ReadonlySet<number>> {
  const found = new Set<number>();
  for (let parents = [pid]; parents.length > 0; ) {
    const children = (await Promise.all(parents.map((parent) => childrenOf(host, parent)))).flat();
    parents = children.filter((child) => !found.has(child));
    for (const child of parents) found.add(child);
  }
  return found;
}

async function childrenOf(host: Host, pid: number): Promise<number[]> {
  const tids = await host.listDir(`/proc/${pid}/task`).catch(() => []);
  const texts = await Promise.all(tids.map((tid) => readOrNull(host, `/proc/${pid}/task/${tid}/children`)));
  return texts.flatMap((text) => (text ?? "").split(" ").map(Number)).filter((child) => child > 0);
}
