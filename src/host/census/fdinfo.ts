/** What /proc/PID/fdinfo/FD says of epoll sets (fs/eventpoll.c), io_uring rings and UNIX sockets. */

export type Watch = {
  readonly fd: number;
  readonly events: number /** Of the file watched; null before 4.14. */;
  readonly inode: number | null;
};

const TFD = /^tfd:\s*(\d+)\s+events:\s*([0-9a-f]+)(?:.*?\sino:([0-9a-f]+))?/gm;

export function parseEpoll(text: string): readonly Watch[] {
  return Array.from(text.matchAll(TFD), ([, fd, events, inode]) => ({
    fd: Number(fd),
    events: Number.parseInt(events ?? "0", 16),
    inode: inode === undefined ? null : Number.parseInt(inode, 16),
  }));
}

/** `    0: socket:[4711]` under `UserFiles:`: the ring's direct descriptors. */
export function parseRing(text: string): readonly number[] {
  const from = text.indexOf("UserFiles:");
  if (from < 0) return [];
  return Array.from(text.slice(from).matchAll(/^\s*\d+: socket:\[(\d+)\]$/gm), ([, inode]) => Number(inode));
}

/** Fds on their way in the socket's receive queue (net/unix/af_unix.c: unix_show_fdinfo, 5.11). */
export function parseInFlight(text: string): number {
  return Number(/^scm_fds:\s*(\d+)/m.exec(text)?.[1] ?? 0);
}
