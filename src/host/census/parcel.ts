/** A walk's answer as it crosses the threads: numbers in one block. Cloning 20,000 objects would hold the event loop up. */
import { inSlices } from "./slices.ts";
import type { FoundHolder, OtherSocket, WalkResult } from "./walk.ts";

export type Parcel = Omit<WalkResult, "holders" | "others"> & {
  /** inode, pid, fd, epoll */
  readonly holders: Float64Array;
  /** inode, pid, fd */
  readonly others: Float64Array;
};

const EPOLL = [null, "none", "no-read", "read"] as const;

export function packWalk({ holders, others, without, processes, why }: WalkResult): Parcel {
  const held = [...holders].flatMap(([inode, all]) =>
    all.flatMap(({ pid, fd, epoll }) => [inode, pid, fd, EPOLL.indexOf(epoll)]),
  );
  const rest = others.flatMap(({ inode, pid, fd }) => [inode, pid, fd]);
  return { holders: Float64Array.from(held), others: Float64Array.from(rest), without, processes, why };
}

export async function unpackWalk({ holders, others, without, processes, why }: Parcel): Promise<WalkResult> {
  const found = new Map<number, FoundHolder[]>();
  await inSlices(every(4, holders.length), (at) => {
    const holder = { pid: holders[at + 1] ?? 0, fd: holders[at + 2] ?? 0, epoll: EPOLL[holders[at + 3] ?? 0] ?? null };
    const inode = holders[at] ?? 0;
    const known = found.get(inode);
    if (known === undefined) found.set(inode, [holder]);
    else known.push(holder);
  });
  const rest: OtherSocket[] = [];
  await inSlices(every(3, others.length), (at) => {
    rest.push({ inode: others[at] ?? 0, pid: others[at + 1] ?? 0, fd: others[at + 2] ?? 0 });
  });
  return { holders: found, others: rest, without, processes, why };
}

function* every(step: number, end: number): Iterable<number> {
  for (let at = 0; at < end; at += step) yield at;
}
