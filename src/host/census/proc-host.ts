/**
 * What the walk needs of the host. `quickHost` is this machine, read synchronously: three times as fast as through
 * node's thread pool (5,000 fds: 66 and 195 ms), and made for the worker thread only, where blocking costs nobody anything.
 */
import { closeSync, constants, openSync, readdirSync, readlinkSync, readSync, statSync } from "node:fs";
import { StringDecoder } from "node:string_decoder";
import type { Host } from "../port.ts";

export type ProcHost = Pick<Host, "readFile" | "listDir" | "readLink"> & {
  /** st_size: of /proc/PID/fd the number of fds (6.2 and later), 0 before. */
  readonly sizeOf: (path: string) => Promise<number>;
  /** Where these links of a directory lead; "" for one that is gone. Rejects where they may not be read. */
  readonly readLinks: (directory: string, names: readonly string[]) => Promise<readonly string[]>;
};

/** Behind any host: fds are counted by listing them. */
export function procHostOf(host: Host): ProcHost {
  const { readFile, listDir, readLink } = host;
  const readLinks = async (directory: string, names: readonly string[]) => {
    const links: string[] = [];
    for (const name of names) links.push(await readLink(`${directory}/${name}`).catch(unlessDenied));
    return links;
  };
  return { readFile, listDir, readLink, sizeOf: async () => 0, readLinks };
}

const DEFAULT_FILE_BYTES = 1024 * 1024;
/** One for all reads: a file of /proc is read to its end at once, and a buffer each would be most of the worker's garbage. */
const chunk = Buffer.allocUnsafeSlow(65_536);

export const quickHost: ProcHost = {
  readFile: async (path, maxBytes = DEFAULT_FILE_BYTES) => readBounded(path, maxBytes),
  listDir: async (path) => readdirSync(path),
  readLink: async (path) => readlinkSync(path),
  sizeOf: async (path) => statSync(path).size,
  readLinks: async (directory, names) => names.map((name) => linkOf(`${directory}/${name}`)),
};

function linkOf(path: string): string {
  try {
    return readlinkSync(path);
  } catch (error) {
    return unlessDenied(error);
  }
}

/** Closed meanwhile. That a list may be seen and its links not is what a user sees of another one's process. */
function unlessDenied(error: unknown): string {
  if (whyNot(error) === "denied") throw error;
  return "";
}

/** Files of /proc have no size: read until the end or the limit. */
function readBounded(path: string, maxBytes: number): string {
  const file = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOFOLLOW);
  try {
    const decoder = new StringDecoder("utf8");
    let text = "";
    for (let left = maxBytes; left > 0; ) {
      const bytes = readSync(file, chunk, 0, Math.min(left, chunk.length), null);
      if (bytes === 0) break;
      text += decoder.write(chunk.subarray(0, bytes));
      left -= bytes;
    }
    return text + decoder.end();
  } finally {
    closeSync(file);
  }
}

export type Denied = "denied" | "gone";

/** Why a file of /proc could not be read: not allowed, or no longer there (what vanishes while being read says ESRCH too). */
export function whyNot(error: unknown): Denied {
  const code = (error as NodeJS.ErrnoException).code;
  return code === "EACCES" || code === "EPERM" ? "denied" : "gone";
}

export async function textOr(host: ProcHost, path: string, maxBytes?: number): Promise<string> {
  return host.readFile(path, maxBytes).catch(() => "");
}
