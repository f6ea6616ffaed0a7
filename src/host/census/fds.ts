/** The fds of one process, one look. Threads that share the process's table are the process: they are not read. */
import { type Denied, type ProcHost, whyNot } from "./proc-host.ts";

export type Fds = {
  /** Inode of a socket → the fds that are it. */
  readonly sockets: ReadonlyMap<number, readonly number[]>;
  readonly epolls: readonly number[];
  readonly rings: readonly number[];
  readonly count: number;
  /** Under /proc: "4121", or "4121/task/4130" where the first thread is gone and another one's table was read. */
  readonly at: string;
};

export async function readFds(host: ProcHost, pid: number): Promise<Fds | Denied> {
  const own = await readTable(host, `${pid}`);
  if (own === "denied" || (own !== "gone" && own.count > 0)) return own;
  // Empty: a kernel thread, a program without any, or the first thread exited and left the table to the others.
  const tids = await listTasks(host, pid);
  for (const tid of tids.filter((other) => other !== pid)) {
    const table = await readTable(host, `${pid}/task/${tid}`);
    if (typeof table !== "string" && table.count > 0) return table;
  }
  return own;
}

/** The tables of threads that have one of their own (unshare CLONE_FILES), merged; `budget` fds are read at most. */
export async function readTaskFds(
  host: ProcHost,
  pid: number,
  budget: number,
): Promise<{ fds: Fds | null; left: number }> {
  let merged: Fds | null = null;
  let left = budget;
  for (const tid of await listTasks(host, pid)) {
    if (left <= 0) break;
    const table = await readTable(host, `${pid}/task/${tid}`);
    if (typeof table === "string") continue;
    left -= table.count;
    merged = merged === null ? { ...table, at: `${pid}` } : merge(merged, table);
  }
  return { fds: merged, left };
}

export async function listTasks(host: ProcHost, pid: number): Promise<readonly number[]> {
  const names = await host.listDir(`/proc/${pid}/task`).catch(() => []);
  return names.map(Number);
}

async function readTable(host: ProcHost, at: string): Promise<Fds | Denied> {
  const sockets = new Map<number, number[]>();
  const epolls: number[] = [];
  const rings: number[] = [];
  try {
    const names = await host.listDir(`/proc/${at}/fd`);
    const links = await host.readLinks(`/proc/${at}/fd`, names);
    for (let index = 0; index < names.length; index++) {
      const link = links[index] ?? "";
      const fd = Number(names[index]);
      const inode = socketInode(link);
      if (inode !== null) push(sockets, inode, fd);
      else if (link === "anon_inode:[eventpoll]") epolls.push(fd);
      else if (link === "anon_inode:[io_uring]") rings.push(fd);
    }
    return { sockets, epolls, rings, count: names.length, at };
  } catch (error) {
    return whyNot(error);
  }
}

/** No path looks like this: paths begin with "/". */
export function socketInode(link: string): number | null {
  if (!link.startsWith("socket:[")) return null;
  const inode = Number(link.slice("socket:[".length, -1));
  return Number.isSafeInteger(inode) ? inode : null;
}

function push(sockets: Map<number, number[]>, inode: number, fd: number): void {
  const fds = sockets.get(inode);
  if (fds === undefined) sockets.set(inode, [fd]);
  else fds.push(fd);
}

function merge(one: Fds, other: Fds): Fds {
  const sockets = new Map([...one.sockets].map(([inode, fds]) => [inode, [...fds]]));
  for (const [inode, fds] of other.sockets) {
    for (const fd of fds) if (!sockets.get(inode)?.includes(fd)) push(sockets, inode, fd);
  }
  return {
    sockets,
    epolls: [...new Set([...one.epolls, ...other.epolls])],
    rings: [...new Set([...one.rings, ...other.rings])],
    // Of the first thread's table: what its directory's size is compared with.
    count: one.count,
    at: one.at,
  };
}
