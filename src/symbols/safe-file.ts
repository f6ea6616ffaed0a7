/**
 * Files of processes that may be hostile, opened by root: regular files only, no waiting on a FIFO, no link followed.
 * Synchronous, for the worker thread.
 */
import { closeSync, constants, fstatSync, openSync, readSync, type Stats, statSync } from "node:fs";
import type { Bytes } from "./bytes.ts";

/** What a file is, and whether it has been written since. */
export type Identity = {
  readonly dev: number;
  readonly ino: number;
  readonly size: number;
  readonly mtimeMs: number;
  readonly ctimeMs: number;
};

export type OpenFile = Bytes & {
  readonly fd: number;
  readonly identity: Identity;
  readonly uid: number;
  /** Permission bits. */
  readonly mode: number;
  readonly close: () => void;
};

/** Why a file was not read, in words for a note: "is a symbolic link". */
export class Refused extends Error {}

/** include/uapi/asm-generic/fcntl.h; Node names it nowhere. */
const O_PATH = 0o10000000;
const { O_RDONLY, O_NONBLOCK, O_NOFOLLOW, O_NOCTTY, O_DIRECTORY } = constants;

/** The last part of the path is not followed if it is a link. Throws Refused, or as node:fs does. */
export function openRegular(path: string): OpenFile {
  return opened(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_NOFOLLOW);
}

/**
 * A link of /proc/PID/map_files leads to the mapped file itself, whatever has become of its name. It may be a device,
 * which must not even be opened.
 */
export function openMapped(link: string): OpenFile {
  if (!statSync(link).isFile()) throw new Refused("is no regular file");
  return opened(link, O_RDONLY | O_NONBLOCK | O_NOCTTY);
}

/** A path below another process's root, no part of which may be a link: an absolute one would lead into our own root. */
export function openBeneath(root: string, path: string): OpenFile {
  const parts = path.split("/").filter((part) => part !== "" && part !== ".");
  const name = parts.pop();
  if (name === undefined || parts.includes("..") || name === "..") throw new Refused("is no path of a file");
  let directory = openSync(root, O_PATH | O_DIRECTORY);
  try {
    for (const part of parts) {
      const next = openSync(`/proc/self/fd/${directory}/${part}`, O_PATH | O_DIRECTORY | O_NOFOLLOW);
      closeSync(directory);
      directory = next;
    }
    return openRegular(`/proc/self/fd/${directory}/${name}`);
  } finally {
    closeSync(directory);
  }
}

function opened(path: string, flags: number): OpenFile {
  const fd = openFd(path, flags);
  try {
    const found = fstatSync(fd);
    if (!found.isFile()) throw new Refused(found.isFIFO() ? "is a FIFO" : "is no regular file");
    const close = () => closeSync(fd);
    const read = (at: number, length: number) => readAt(fd, at, length);
    return { fd, read, size: found.size, identity: identityOf(found), uid: found.uid, mode: found.mode, close };
  } catch (error) {
    closeSync(fd);
    throw error;
  }
}

function openFd(path: string, flags: number): number {
  try {
    return openSync(path, flags);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ELOOP") throw new Refused("is a symbolic link");
    throw error;
  }
}

export function identityOf({ dev, ino, size, mtimeMs, ctimeMs }: Stats): Identity {
  return { dev, ino, size, mtimeMs, ctimeMs };
}

/** Shorter at the end of the file. */
function readAt(fd: number, at: number, length: number): Buffer {
  const buffer = Buffer.allocUnsafe(length);
  let filled = 0;
  while (filled < length) {
    const bytes = readSync(fd, buffer, filled, length - filled, at + filled);
    if (bytes === 0) break;
    filled += bytes;
  }
  return buffer.subarray(0, filled);
}
