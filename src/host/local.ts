/** The machine that sockleak runs on. */
import { constants } from "node:fs";
import { access, open, readdir, readlink, stat, statfs } from "node:fs/promises";
import { delimiter, join } from "node:path";
import type { FileId, Host } from "./port.ts";
import { run } from "./run.ts";

const DEFAULT_FILE_BYTES = 1024 * 1024;
/** include/uapi/linux/magic.h */
const NSFS_MAGIC = 0x6e736673;
/** Where tools live that a user's PATH may not have. */
const SYSTEM_PATH = ["/usr/sbin", "/sbin"];

export const localHost: Host = { run, which, readFile, listDir: (path) => readdir(path), readLink, identify };

async function which(program: string): Promise<string | null> {
  const directories = (process.env.PATH ?? "").split(delimiter).filter((directory) => directory.startsWith("/"));
  for (const directory of [...directories, ...SYSTEM_PATH]) {
    const path = join(directory, program);
    if (await isProgram(path)) return path;
  }
  return null;
}

async function isProgram(path: string): Promise<boolean> {
  try {
    await access(path, constants.X_OK);
    return (await stat(path)).isFile();
  } catch {
    return false;
  }
}

/** Files of /proc and /sys have no size: read until the end or the limit. */
async function readFile(path: string, maxBytes = DEFAULT_FILE_BYTES): Promise<string> {
  const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const chunks: Buffer[] = [];
    let left = maxBytes;
    while (left > 0) {
      const { bytesRead, buffer } = await file.read(Buffer.alloc(Math.min(left, 65_536)));
      if (bytesRead === 0) break;
      chunks.push(buffer.subarray(0, bytesRead));
      left -= bytesRead;
    }
    return Buffer.concat(chunks).toString("utf8");
  } finally {
    await file.close();
  }
}

function readLink(path: string): Promise<string> {
  return readlink(path);
}

async function identify(path: string): Promise<FileId> {
  const [found, system] = await Promise.all([stat(path), statfs(path)]);
  return { inode: found.ino, isNamespace: system.type === NSFS_MAGIC };
}
