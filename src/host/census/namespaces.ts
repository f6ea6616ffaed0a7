/** Every network namespace that a process is in, or that is kept by a mount (`ip netns`, container managers). */
import type { NetnsHolders } from "./netns-holders.ts";
import { namespaceInode } from "./process.ts";

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

type Mount = { readonly id: string; readonly parent: string; readonly path: string; readonly inode: number | null };
type NamespaceMount = { readonly inode: number; readonly path: string; readonly covered: boolean };

/** `35 27 0:4 net:[4026532000] /run/netns/blue rw shared:1 - nsfs nsfs rw`: the namespace is told without touching the path. */
export function parseNamespaceMounts(mountinfo: string): readonly NamespaceMount[] {
  const mounts = mountinfo.split("\n").flatMap(parseMount);
  const byId = new Map(mounts.map((mount) => [mount.id, mount]));
  return mounts.flatMap((mount) => {
    const { inode, path } = mount;
    return inode === null ? [] : [{ inode, path, covered: isCovered(mount, mounts, byId) }];
  });
}

function parseMount(line: string): readonly Mount[] {
  const found = /^(\d+) (\d+) \S+ (\S+) (\S+) .* - (\S+) /.exec(line);
  if (found === null) return [];
  const [, id = "", parent = "", root = "", point = "", type] = found;
  const path = point.replace(ESCAPED, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));
  return [{ id, parent, path, inode: type === "nsfs" ? namespaceInode(root) : null }];
}

/** The path then leads elsewhere, to a file system that may hang whoever looks (FUSE): it is not touched. */
function isCovered(mount: Mount, mounts: readonly Mount[], byId: ReadonlyMap<string, Mount>): boolean {
  if (mounts.some(({ parent }) => parent === mount.id)) return true;
  const seen = new Set<string>();
  for (let at: Mount | undefined = mount; at !== undefined && !seen.has(at.id); at = byId.get(at.parent)) {
    const { id, parent, path } = at;
    seen.add(id);
    if (mounts.some((other) => other.parent === parent && other.id !== id && isOver(other.path, path))) return true;
  }
  return false;
}

function isOver(other: string, path: string): boolean {
  return path === other || path.startsWith(other.endsWith("/") ? other : `${other}/`);
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
  for (const { inode, path, covered } of parseNamespaceMounts(mountinfo)) {
    const known = found.get(inode) ?? { ...named(inode), pids: [], paths: [] };
    found.set(inode, covered ? known : { ...known, paths: [...known.paths, path] });
  }
  return [...found.values()].sort((a, b) => a.inode - b.inode);
}
