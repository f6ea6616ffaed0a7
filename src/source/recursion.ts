/**
 * Programs that the kernel skips, because one already runs on that CPU, are in no `lost_events`: `recursion_misses` in
 * the program's fdinfo counts them (kernel/bpf/syscall.c, bpf_prog_show_fdinfo, Linux 5.12).
 */
import { readdir, readFile } from "node:fs/promises";

const MISSES = /^recursion_misses:\s*(\d+)$/m;

/** All misses of a bpftrace's programs so far; 0 where the kernel does not count or the process is gone. */
export async function recursionMisses(pid: number): Promise<number> {
  const folder = `/proc/${pid}/fdinfo`;
  let misses = 0;
  for (const fd of await readdir(folder).catch(() => [])) {
    const text = await readFile(`${folder}/${fd}`, "utf8").catch(() => "");
    misses += Number(MISSES.exec(text)?.[1] ?? 0);
  }
  return misses;
}
