/** What ss and /proc say of a program: the zoo's test believes nothing else. */
import { execFile } from "node:child_process";
import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);

export type Row = {
  readonly state: string;
  readonly recvQ: number;
  readonly local: { readonly addr: string; readonly port: number };
  readonly remote: { readonly addr: string; readonly port: number };
  readonly inode: number;
  /** ss -i: ms since we last sent. */
  readonly lastSndMs: number | null;
};

export async function socketRows(netns?: string): Promise<readonly Row[]> {
  const ss = ["ss", "-taneipOH"];
  const argv = netns === undefined ? ss : ["nsenter", `--net=/run/netns/${netns}`, ...ss];
  const { stdout } = await run(argv[0] ?? "", argv.slice(1), { maxBuffer: 1 << 27 });
  return stdout.split("\n").filter(Boolean).map(toRow);
}

function toRow(line: string): Row {
  const [state = "", recvQ, , local = "", remote = ""] = line.split(/\s+/);
  const beforeCgroup = line.split(" cgroup:")[0] ?? "";
  const lastSnd = /\blastsnd:(\d+)/.exec(line)?.[1];
  return {
    state,
    recvQ: Number(recvQ),
    local: toAddress(local),
    remote: toAddress(remote),
    inode: Number(/ ino:(\d+) /.exec(beforeCgroup)?.[1] ?? 0),
    lastSndMs: lastSnd === undefined ? null : Number(lastSnd),
  };
}

function toAddress(text: string): Row["local"] {
  const colon = text.lastIndexOf(":");
  return { addr: text.slice(0, colon).replace(/^\[|\]$/g, ""), port: Number(text.slice(colon + 1)) };
}

/** fd → socket inode, of a process or (pid/task/tid) a thread. */
export function socketFds(process: number | string): ReadonlyMap<number, number> {
  const found = new Map<number, number>();
  for (const fd of list(`/proc/${process}/fd`)) {
    const inode = /^socket:\[(\d+)\]$/.exec(link(`/proc/${process}/fd/${fd}`))?.[1];
    if (inode !== undefined) found.set(Number(fd), Number(inode));
  }
  return found;
}

/** inode → processes that have it open in /proc/PID/fd; and those that only a thread has, in /proc/PID/task/TID/fd. */
export function allHolders(): { readonly byProcess: Map<number, Set<number>>; readonly byThread: Map<number, number> } {
  const byProcess = new Map<number, Set<number>>();
  const byThread = new Map<number, number>();
  for (const pid of list("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map(Number)) {
    for (const inode of socketFds(pid).values()) byProcess.set(inode, (byProcess.get(inode) ?? new Set()).add(pid));
    for (const tid of list(`/proc/${pid}/task`))
      for (const inode of socketFds(`${pid}/task/${tid}`).values())
        if (byProcess.get(inode)?.has(pid) !== true) byThread.set(inode, pid);
  }
  return { byProcess, byThread };
}

/** The fds that any epoll of the process watches, with the events. */
export function watchedFds(pid: number): ReadonlyMap<number, number> {
  const found = new Map<number, number>();
  for (const fd of list(`/proc/${pid}/fdinfo`))
    for (const [, tfd, events] of text(`/proc/${pid}/fdinfo/${fd}`).matchAll(/^tfd:\s*(\d+) events:\s*([0-9a-f]+)/gm))
      found.set(Number(tfd), Number.parseInt(events ?? "", 16));
  return found;
}

/** The fd of each thread that waits in read (0) or recvfrom (45), x86-64; 63 and 207 on arm64. */
export function readingFds(pid: number): readonly number[] {
  const reads = process.arch === "arm64" ? ["63", "207"] : ["0", "45"];
  return list(`/proc/${pid}/task`)
    .map((tid) => text(`/proc/${pid}/task/${tid}/syscall`).split(" "))
    .filter(([number]) => reads.includes(number ?? ""))
    .map(([, fd]) => Number(fd));
}

export type FdSocket = { fd: number; inode: number; protocol: string; segsIn: number | null };

export async function inspect(pid: number): Promise<readonly FdSocket[]> {
  const { stdout } = await run("python3", ["-B", join(import.meta.dirname, "fd_sockets.py"), String(pid)]);
  return JSON.parse(stdout) as FdSocket[];
}

function list(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

export function text(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}

function link(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return "";
  }
}
