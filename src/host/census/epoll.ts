/** How a process's epoll sets watch its sockets: not at all (abandoned), without EPOLLIN (reading is off), or with it. */
import { parseEpoll } from "./fdinfo.ts";
import type { Fds } from "./fds.ts";
import type { ProcHost } from "./proc-host.ts";

/** "fd inode" → whether any set asks for reading. Null: no set, or one that could not be read. */
export type EpollBook = ReadonlyMap<string, boolean> | null;

const EPOLLIN = 0x1;
/** 79 bytes each. */
const MAX_FDINFO_BYTES = 64 * 1024 * 1024;

export async function readEpolls(host: ProcHost, { epolls, at }: Fds): Promise<EpollBook> {
  if (epolls.length === 0) return null;
  const book = new Map<string, boolean>();
  try {
    for (const epoll of epolls) {
      const text = await host.readFile(`/proc/${at}/fdinfo/${epoll}`, MAX_FDINFO_BYTES);
      for (const { fd, events, inode } of parseEpoll(text)) {
        const key = `${fd} ${inode ?? ""}`;
        book.set(key, (book.get(key) ?? false) || (events & EPOLLIN) !== 0);
      }
    }
  } catch {
    return null;
  }
  return book;
}

/** By fd and inode: a set keeps watching a file under its old number after that number was given to another. */
export function watchOf(book: EpollBook, fd: number, inode: number): "none" | "no-read" | "read" | null {
  if (book === null) return null;
  const reads = book.get(`${fd} ${inode}`) ?? book.get(`${fd} `);
  if (reads === undefined) return "none";
  return reads ? "read" : "no-read";
}
