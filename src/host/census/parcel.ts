/** Answers as they cross the threads: numbers in one block. Cloning 20,000 objects would hold the event loop up. */
import type { Pace } from "./pace.ts";
import type { StraysFound } from "./strays.ts";
import type { FoundHolder, OtherSocket, WalkResult } from "./walk.ts";

/** inode, pid, fd, epoll */
type Holders = Float64Array;

export type WalkParcel = Omit<WalkResult, "holders"> & { readonly holders: Holders };
export type StraysParcel = { readonly fresh: Float64Array /** inode, pid, fd */; readonly open: Float64Array };

const EPOLL = [null, "none", "no-read", "read"] as const;

export function packHolders(holders: WalkResult["holders"]): Holders {
  let count = 0;
  for (const all of holders.values()) count += all.length;
  const packed = new Float64Array(count * 4);
  let at = 0;
  for (const [inode, all] of holders) {
    for (const { pid, fd, epoll } of all) {
      packed[at] = inode;
      packed[at + 1] = pid;
      packed[at + 2] = fd;
      packed[at + 3] = EPOLL.indexOf(epoll);
      at += 4;
    }
  }
  return packed;
}

export async function unpackHolders(holders: Holders, pace: Pace): Promise<WalkResult["holders"]> {
  const found = new Map<number, FoundHolder[]>();
  await pace.each(every(4, holders.length), (at) => {
    const holder = { pid: holders[at + 1] ?? 0, fd: holders[at + 2] ?? 0, epoll: EPOLL[holders[at + 3] ?? 0] ?? null };
    const inode = holders[at] ?? 0;
    const known = found.get(inode);
    if (known === undefined) found.set(inode, [holder]);
    else known.push(holder);
  });
  return found;
}

export function packStrays({ fresh, open }: StraysFound): StraysParcel {
  const packed = new Float64Array(fresh.length * 3);
  let at = 0;
  for (const { inode, pid, fd } of fresh) {
    packed[at] = inode;
    packed[at + 1] = pid;
    packed[at + 2] = fd;
    at += 3;
  }
  return { fresh: packed, open: Float64Array.from(open) };
}

export async function unpackStrays({ fresh, open }: StraysParcel, pace: Pace): Promise<StraysFound> {
  const found: OtherSocket[] = [];
  await pace.each(every(3, fresh.length), (at) => {
    found.push({ inode: fresh[at] ?? 0, pid: fresh[at + 1] ?? 0, fd: fresh[at + 2] ?? 0 });
  });
  return { fresh: found, open: [...open] };
}

function* every(step: number, end: number): Iterable<number> {
  for (let at = 0; at < end; at += step) yield at;
}
