/** /proc/PID/maps: what lies where in a process (proc_pid_maps). Only what can be executed is kept. */
import { setImmediate as nextTurn } from "node:timers/promises";

export type Mapping = {
  readonly start: number;
  readonly end: number;
  /** Where in the file it begins. */
  readonly fileOffset: number;
  readonly inode: number;
  /** As /proc writes it, "fe:00". */
  readonly device: string;
  /** "" for memory without a file, "[vdso]" for the kernel's. */
  readonly path: string;
  /** The file's name is gone or names another file now. */
  readonly deleted: boolean;
  /** As its link in map_files is called. */
  readonly link: string;
};

/** What can be executed is little: Chromium has 300. */
const MAPPINGS_MAX = 8_192;
const LINE = /^([0-9a-f]+)-([0-9a-f]+) ..x. ([0-9a-f]+) (\S+) (\d+) *(.*)$/gm;
const DELETED = " (deleted)";

export function parseMaps(text: string): readonly Mapping[] {
  const mappings: Mapping[] = [];
  for (const found of text.matchAll(LINE)) {
    if (mappings.length === MAPPINGS_MAX) break;
    const [, start = "", end = "", offset = "", device = "", inode = "", path = ""] = found;
    const deleted = path.endsWith(DELETED) && inode !== "0";
    mappings.push({
      start: Number.parseInt(start, 16),
      end: Number.parseInt(end, 16),
      fileOffset: Number.parseInt(offset, 16),
      inode: Number(inode),
      device,
      // The kernel writes a line feed in a name so, and nothing else.
      path: (deleted ? path.slice(0, -DELETED.length) : path).replaceAll("\\012", "\n"),
      deleted,
      // Maps are padded to eight digits, links are not (fs/proc: show_vma_header_prefix, proc_map_files_readdir).
      link: `${withoutZeros(start)}-${withoutZeros(end)}`,
    });
  }
  return mappings;
}

function withoutZeros(digits: string): string {
  return digits.replace(/^0+(?=.)/, "");
}

/** Of a turn of the event loop: 65,536 lines (the kernel's default limit) take tens of milliseconds together. */
const TURN_CHARS = 512 * 1024;

/** The same, in turns, for the thread that paints. */
export async function parseMapsInTurns(text: string): Promise<readonly Mapping[]> {
  const mappings: Mapping[] = [];
  for (let from = 0; from < text.length && mappings.length < MAPPINGS_MAX; ) {
    const end = text.indexOf("\n", from + TURN_CHARS);
    const to = end < 0 ? text.length : end + 1;
    mappings.push(...parseMaps(text.slice(from, to)));
    from = to;
    await nextTurn();
  }
  return mappings.slice(0, MAPPINGS_MAX);
}

/** Mappings come in order of their addresses. */
export function mappingAt(mappings: readonly Mapping[], address: number): Mapping | undefined {
  let low = 0;
  let high = mappings.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((mappings[middle]?.end ?? 0) <= address) low = middle + 1;
    else high = middle;
  }
  const found = mappings[low];
  return found !== undefined && found.start <= address ? found : undefined;
}

/** Memory that belongs to a file, or what a runtime filled itself. */
export function hasFile({ inode, path }: Mapping): boolean {
  return inode !== 0 && path.startsWith("/");
}

const LIBC = /^(libc|libpthread|ld)([.-][^/]*)?\.so(\.\d+)*$|^ld-(linux|musl)[^/]*\.so\.\d+$/;

/** Wrappers of system calls live here: their own frames tell nothing. */
export function isLibc({ path }: Mapping): boolean {
  return path === "[vdso]" || path === "[vsyscall]" || LIBC.test(path.slice(path.lastIndexOf("/") + 1));
}
