/**
 * What tracing takes of memory. Maps and programs tell it themselves (memlock in fdinfo, kernel/bpf/syscall.c, bpf_map_show_fdinfo); the
 * buffers of old bpftraces are mapped from anon_inode:[perf_event]. Bytes; what is gone meanwhile counts 0.
 */
import { readdir, readFile } from "node:fs/promises";

export type Footprint = {
  /** Kernel memory: the books, and the lines that wait. */
  readonly kernelBytes: number;
  readonly bpftraceBytes: number;
};

export async function footprintOf(pid: number): Promise<Footprint> {
  const [maps, buffers, status] = await Promise.all([memlockOf(pid), perfBuffersOf(pid), read(`/proc/${pid}/status`)]);
  const rssKb = Number(/^RssAnon:\s+(\d+) kB$/m.exec(status)?.[1] ?? 0);
  return { kernelBytes: maps + buffers, bpftraceBytes: rssKb * 1024 };
}

async function memlockOf(pid: number): Promise<number> {
  const fds = await readdir(`/proc/${pid}/fdinfo`).catch(() => []);
  const texts = await Promise.all(fds.map((fd) => read(`/proc/${pid}/fdinfo/${fd}`)));
  return texts.reduce((sum, text) => sum + Number(/^memlock:\s+(\d+)$/m.exec(text)?.[1] ?? 0), 0);
}

async function perfBuffersOf(pid: number): Promise<number> {
  const maps = await read(`/proc/${pid}/maps`);
  const sizes = [...maps.matchAll(/^([\da-f]+)-([\da-f]+) .*\[perf_event\]$/gm)].map(
    ([, from = "0", to = "0"]) => Number.parseInt(to, 16) - Number.parseInt(from, 16),
  );
  return sizes.reduce((sum, size) => sum + size, 0);
}

function read(path: string): Promise<string> {
  return readFile(path, "utf8").catch(() => "");
}
