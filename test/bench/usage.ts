/** What a process and its children have used, from /proc. */
import { readdirSync, readFileSync } from "node:fs";

const PAGE_BYTES = 4096;

/** Of the kernel's times in /proc/PID/stat: USER_HZ is 100 wherever Linux runs Node. */
const TICK_MS = 10;

export type Usage = {
  readonly pid: number;
  readonly comm: string;
  /** On a CPU, user and system; children that have ended included. */
  readonly cpuMs: number;
  /** Its largest resident memory. */
  readonly peakBytes: number;
  /** Of the BPF maps and programs that it holds: kernel memory. */
  readonly memlockBytes: number;
};

/** Of a process and all below it. What ended between two looks is missing from the second. */
export function usageOf(pid: number): readonly Usage[] {
  return [pid, ...childrenOf(pid)].flatMap((one, at) => (at === 0 ? (ownUsage(one) ?? []) : usageOf(one)));
}

function ownUsage(pid: number): Usage | undefined {
  const status = read(`/proc/${pid}/status`);
  const comm = /^Name:\s+(.*)$/m.exec(status)?.[1];
  if (comm === undefined) return undefined;
  const peakKb = Number(/^VmHWM:\s+(\d+)/m.exec(status)?.[1] ?? 0);
  return { pid, comm, cpuMs: cpuMsOf(pid) + reapedMsOf(pid), peakBytes: peakKb * 1024, memlockBytes: memlockOf(pid) };
}

/** Nanoseconds on a CPU are the first number of schedstat, of each thread (Documentation/scheduler/sched-stats.rst). */
function cpuMsOf(pid: number): number {
  const ns = list(`/proc/${pid}/task`).map((tid) => Number(read(`/proc/${pid}/task/${tid}/schedstat`).split(" ")[0]));
  return ns.reduce((sum, one) => sum + one, 0) / 1e6;
}

/** cutime and cstime, fields 16 and 17 (proc(5)), counted from behind the name. */
function reapedMsOf(pid: number): number {
  const stat = read(`/proc/${pid}/stat`);
  const [user, system] = stat
    .slice(stat.lastIndexOf(")") + 2)
    .split(" ")
    .slice(13, 15)
    .map(Number);
  return ((user ?? 0) + (system ?? 0)) * TICK_MS;
}

/** A map's memlock; of a ring or perf buffer, which is mapped, what it takes is in there as well or counts as shared memory. */
function memlockOf(pid: number): number {
  const each = list(`/proc/${pid}/fdinfo`).map((fd) => {
    const text = read(`/proc/${pid}/fdinfo/${fd}`);
    return Number(/^memlock:\s+(\d+)/m.exec(text)?.[1] ?? 0);
  });
  return each.reduce((sum, bytes) => sum + bytes, 0) + perfBuffersOf(pid);
}

/** Perf buffers have no memlock line: they are mapped from anon_inode:[perf_event]. */
function perfBuffersOf(pid: number): number {
  const mapped = read(`/proc/${pid}/maps`)
    .split("\n")
    .filter((line) => line.includes("[perf_event]"));
  return mapped.reduce((sum, line) => {
    const [from = "0", to = "0"] = (line.split(" ")[0] ?? "").split("-");
    return sum + Math.max(0, Number.parseInt(to, 16) - Number.parseInt(from, 16) - PAGE_BYTES);
  }, 0);
}

export function childrenOf(pid: number): readonly number[] {
  return read(`/proc/${pid}/task/${pid}/children`).split(" ").filter(Boolean).map(Number);
}

function read(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}

function list(path: string): readonly string[] {
  try {
    return readdirSync(path);
  } catch {
    return [];
  }
}
