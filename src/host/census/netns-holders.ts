/** The network namespaces that processes are in, and which of them hold no TCP socket at all: those need no ss. */
import { type ProcHost, textOr, whyNot } from "./proc-host.ts";
import { namespaceInode } from "./process.ts";
import { nameUnseen } from "./unseen.ts";

export type NetnsHolders = {
  /** Inode of a network namespace → a few processes in it. */
  readonly holders: ReadonlyMap<number, readonly number[]>;
  /** Those in which there is no TCP socket. */
  readonly idle: readonly number[];
  /** Whose namespace may not be looked at, for people; null: nobody's. */
  readonly unseen: string | null;
};

/** Another process to enter the namespace by, should the first have exited meanwhile. */
const WAYS_IN = 3;

export async function findNetnsHolders(host: ProcHost): Promise<NetnsHolders> {
  const holders = new Map<number, number[]>();
  const denied: number[] = [];
  for (const name of await host.listDir("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    const link = await host.readLink(`/proc/${name}/ns/net`).catch(whyNot);
    if (link === "denied") denied.push(Number(name));
    const inode = namespaceInode(link);
    if (inode === null) continue;
    const known = holders.get(inode);
    if (known === undefined) holders.set(inode, [Number(name)]);
    else if (known.length < WAYS_IN) known.push(Number(name));
  }
  const idle: number[] = [];
  for (const [inode, [pid = 0]] of holders) if (await isIdle(host, inode, pid)) idle.push(inode);
  return { holders, idle, unseen: denied.length === 0 ? null : await nameUnseen(host, denied) };
}

/** What is asked between two looks at the process's namespace is of that namespace. */
async function isIdle(host: ProcHost, inode: number, pid: number): Promise<boolean> {
  const [four, six] = [
    await textOr(host, `/proc/${pid}/net/sockstat`),
    await textOr(host, `/proc/${pid}/net/sockstat6`),
  ];
  if (namespaceInode(await host.readLink(`/proc/${pid}/ns/net`).catch(() => "")) !== inode) return false;
  return saysIdle(four, six);
}

/** /proc/net/sockstat and sockstat6 (net/ipv4/proc.c): of this namespace. Without IPv6 there is no second. */
export function saysIdle(sockstat: string, sockstat6: string): boolean {
  return /^TCP: inuse 0 .* tw 0 /m.test(sockstat) && (sockstat6 === "" || /^TCP6: inuse 0$/m.test(sockstat6));
}
