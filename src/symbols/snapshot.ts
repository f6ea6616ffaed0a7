/**
 * What of a process must be read while it lives: its memory map, and which files were mapped then. Asynchronous, since
 * reading /proc/PID/maps may wait for a process that is busy with its own memory.
 */
import { constants } from "node:fs";
import { open, readdir, readlink, stat } from "node:fs/promises";
import { hasFile, type Mapping, parseMaps } from "./maps.ts";
import { type Identity, identityOf } from "./safe-file.ts";

export type Snapshot = {
  readonly pid: number;
  /** Where /proc tells of its memory: /proc/PID, or a thread's folder after its first thread has ended. */
  readonly base: string;
  /** Of the process, in clock ticks since boot: a number that is used again has another. */
  readonly startTicks: number;
  readonly uid: number;
  readonly gid: number;
  /** In its own pid namespace. */
  readonly ownPid: number;
  readonly exe: string;
  /** Its files have the same paths as ours. */
  readonly sharesMounts: boolean;
  readonly mappings: readonly Mapping[];
  /** Mapping.link → the file that is mapped. */
  readonly identities: ReadonlyMap<string, Identity>;
};

/** 65,536 mappings (the kernel's default limit) of 100 characters. */
const MAPS_MAX_BYTES = 8 * 1024 * 1024;
const FILES_MAX = 512;

/** Null when the process is gone, or may not be read. */
export async function readSnapshot(pid: number): Promise<Snapshot | null> {
  const leader = await readMemory(`/proc/${pid}`);
  if (leader !== null) return describe(pid, leader);
  // /proc/TID exists for every thread, though no listing of /proc shows it.
  const threads = await readdir(`/proc/${pid}/task`).catch(() => []);
  for (const thread of threads.slice(0, FILES_MAX)) {
    const memory = await readMemory(`/proc/${thread}`);
    if (memory !== null) return describe(pid, memory);
  }
  return null;
}

type Memory = { readonly base: string; readonly maps: string };

/** Empty for a thread that has ended, and for the kernel's own. */
async function readMemory(base: string): Promise<Memory | null> {
  const maps = await readText(`${base}/maps`, MAPS_MAX_BYTES).catch(() => "");
  return maps === "" ? null : { base, maps };
}

async function describe(pid: number, { base, maps }: Memory): Promise<Snapshot | null> {
  try {
    const [startTicks, status] = await Promise.all([readStartTicks(pid), readText(`${base}/status`)]);
    const mappings = parseMaps(maps);
    const ids = (name: string) =>
      (new RegExp(`^${name}:\\s+(.*)$`, "m").exec(status)?.[1] ?? "").split(/\s+/).map(Number);
    return {
      pid,
      base,
      startTicks,
      // Effective: who owns the files that it makes.
      uid: ids("Uid")[1] ?? -1,
      gid: ids("Gid")[1] ?? -1,
      // After its first thread has ended, a thread's own number is not the process's.
      ownPid: ids(base === `/proc/${pid}` ? "NSpid" : "NStgid").at(-1) ?? pid,
      exe: await readlink(`${base}/exe`).catch(() => ""),
      sharesMounts: await sharesMounts(base),
      mappings,
      identities: await identify(base, mappings),
    };
  } catch {
    return null;
  }
}

/** proc_pid_stat: the 22nd field; the second is a name in parentheses which may hold anything. */
export async function readStartTicks(pid: number): Promise<number> {
  const text = await readText(`/proc/${pid}/stat`);
  return Number(text.slice(text.lastIndexOf(")") + 2).split(" ")[19]);
}

async function sharesMounts(base: string): Promise<boolean> {
  const [its, ours, root] = await Promise.all([
    readlink(`${base}/ns/mnt`).catch(() => "its"),
    readlink("/proc/self/ns/mnt").catch(() => "ours"),
    readlink(`${base}/root`).catch(() => ""),
  ]);
  return its === ours && root === "/";
}

async function identify(base: string, mappings: readonly Mapping[]): Promise<ReadonlyMap<string, Identity>> {
  const files = mappings.filter(hasFile).slice(0, FILES_MAX);
  const found = await Promise.all(
    files.map(({ link }) =>
      stat(`${base}/map_files/${link}`).then(
        (stats): [string, Identity] => [link, identityOf(stats)],
        () => null,
      ),
    ),
  );
  return new Map(found.filter((entry) => entry !== null));
}

async function readText(path: string, maxBytes = 65_536): Promise<string> {
  const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOFOLLOW);
  try {
    const chunks: Buffer[] = [];
    for (let left = maxBytes; left > 0; ) {
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
