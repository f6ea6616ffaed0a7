/** Where members go: a file that only its owner may read, or a pipe. Each is written whole, or leaves no trace. */
import { constants } from "node:fs";
import { type FileHandle, open, stat } from "node:fs/promises";
import type { Writable } from "node:stream";

export type Output = {
  readonly name: string;
  /** Written so far. */
  readonly bytes: number;
  /** Rejects when it could not be written; then nothing of it was. */
  readonly write: (member: Uint8Array) => Promise<void>;
  /** Resolves when what is written by now is on the disk; more may be written meanwhile. Rejects when it did not come there … */
  readonly sync: () => Promise<void>;
  /** … then this goes back to what did: behind a hole nobody could read. */
  readonly takeBack: () => Promise<void>;
  readonly close: () => Promise<void>;
};

/** Somebody has removed or replaced the file: what is written now would be lost with it. */
export class FileGone extends Error {
  override readonly name = "FileGone";
}

const OWNER_ONLY = 0o600;
const { O_CREAT, O_EXCL, O_NOFOLLOW, O_TRUNC, O_WRONLY } = constants;

/** Errors: as node:fs tells them; EEXIST where the file is there and may not be overwritten. */
export async function openFile(path: string, { overwrite = false } = {}): Promise<Output> {
  const flags = O_WRONLY | O_CREAT | O_NOFOLLOW | (overwrite ? O_TRUNC : O_EXCL);
  const file = await open(path, flags, OWNER_ONLY);
  const opened = await file.stat();
  // A file that is overwritten keeps the rights that it had; what is none (/dev/null) is everybody's.
  if (opened.isFile()) await file.chmod(OWNER_ONLY);
  const { ino, dev } = opened;
  let bytes = 0;
  let synced = 0;
  return {
    name: path,
    get bytes() {
      return bytes;
    },
    write: async (member) => {
      const there = await stat(path).catch(() => null);
      if (there?.ino !== ino || there.dev !== dev) throw new FileGone(`${path} is gone`);
      await writeWhole(file, member, bytes);
      bytes += member.length;
    },
    sync: async () => {
      const asked = bytes;
      // A device (/dev/null) has nothing to bring to a disk, and says EINVAL.
      if (asked === synced || !opened.isFile()) return;
      await file.datasync();
      synced = asked;
    },
    takeBack: async () => {
      bytes = synced;
      await file.truncate(synced).catch(() => {});
    },
    close: () => file.close(),
  };
}

/** A disk that fills takes the first part of a write: that is taken back. */
async function writeWhole(file: FileHandle, member: Uint8Array, at: number): Promise<void> {
  try {
    for (let done = 0; done < member.length; ) {
      const { bytesWritten } = await file.write(member, done, member.length - done, at + done);
      done += bytesWritten;
    }
  } catch (error) {
    await file.truncate(at).catch(() => {});
    throw error;
  }
}

/** Standard output: slow readers are waited for. One that is gone is the end (whoever listens for that stops), and no error. */
export function pipeOutput(stream: Writable): Output {
  let bytes = 0;
  return {
    name: "-",
    get bytes() {
      return bytes;
    },
    write: (member) =>
      new Promise((resolve, reject) => {
        stream.write(member, (error) => {
          if (error && (error as NodeJS.ErrnoException).code !== "EPIPE") return reject(error);
          bytes += member.length;
          resolve();
        });
      }),
    sync: async () => {},
    takeBack: async () => {},
    close: async () => {},
  };
}
