/** Inodes of the sockets of other protocols, from the tables of a namespace that a process is in. */
import { linesOf } from "./lines.ts";
import { type ProcHost, textOr } from "./proc-host.ts";

/** Where the inode stands: in these tables the header does not tell it (two titles share a column, or it is the last but one). */
const COLUMNS: Readonly<Record<string, number>> = {
  unix: 6,
  udp: 9,
  udp6: 9,
  udplite: 9,
  udplite6: 9,
  raw: 9,
  raw6: 9,
  icmp: 9,
  icmp6: 9,
  netlink: 9,
  packet: 8,
};
/** 1,000,000 sockets. */
const MAX_BYTES = 128 * 1024 * 1024;

export async function readOtherInodes(host: ProcHost, pid: number, take: (inode: number) => void): Promise<void> {
  for (const name of Object.keys(COLUMNS)) {
    for (const inode of parseInodeColumn(name, await textOr(host, `/proc/${pid}/net/${name}`, MAX_BYTES))) take(inode);
  }
}

export function* parseInodeColumn(name: string, text: string): Iterable<number> {
  const column = COLUMNS[name] ?? 9;
  for (const line of linesOf(text, { skip: 1 })) {
    const inode = Number(line.trim().split(/\s+/, column + 1)[column]);
    if (Number.isSafeInteger(inode) && inode > 0) yield inode;
  }
}
