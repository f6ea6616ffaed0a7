/** Every network namespace that a process is in, or that is kept by a mount (`ip netns`, container managers). */
import type { NetnsHolders } from "./netns-holders.ts";

export type Namespace = {
  readonly inode: number;
  readonly own: boolean;
  /** There is no TCP socket in it. */
  readonly idle: boolean;
  /** Files to enter it by, the surest first. */
  readonly paths: readonly string[];
  /** Processes in it. */
  readonly pids: readonly number[];
};

/** Octal escapes of /proc/PID/mountinfo (show_mountinfo: space, tab, newline, backslash, #). */
const ESCAPED = /\\([0-7]{3})/g;

/** `35 27 0:4 net:[4026532000] /run/netns/blue rw shared:1 - nsfs nsfs rw`: the namespace is told without touching the path. */
export function parseNamespaceMounts(mountinfo: string): readonly { readonly inode: number; readonly path: string }[] {
  return mountinfo.split("\n").flatMap((line) => {
    const found = /^\d+ \d+ \S+ net:\[(\d+)\] (\S+) .* - nsfs /.exec(line);
    if (found === null) return [];
    const path = (found[2] ?? "").replace(ESCAPED, (_, octal: string) =>
      String.fromCharCode(Number.parseInt(octal, 8)),
    );
    return [{ inode: Number(found[1]), path }];
  });
}

export function collectNamespaces(
  { holders, idle }: NetnsHolders,
  mountinfo: string,
  ownInode: number | null,
): readonly Namespace[] {
  const empty = new Set(idle);
  const found = new Map<number, Namespace>();
  const named = (inode: number) => ({ inode, own: inode === ownInode, idle: empty.has(inode) });
  for (const [inode, pids] of holders) {
    found.set(inode, { ...named(inode), pids, paths: pids.map((pid) => `/proc/${pid}/ns/net`) });
  }
  for (const { inode, path } of parseNamespaceMounts(mountinfo)) {
    const known = found.get(inode) ?? { ...named(inode), pids: [], paths: [] };
    found.set(inode, { ...known, paths: [...known.paths, path] });
  }
  return [...found.values()].sort((a, b) => a.inode - b.inode);
}
