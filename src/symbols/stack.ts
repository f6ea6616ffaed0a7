/** What goes in and what comes out: addresses of one stack, and what they are called. */

/** What a probe saw of one user stack, innermost first. All addresses as hex strings "7f80a1b2c3d4" (no 0x). */
export type RawStack = {
  /** As the host counts. */
  readonly pid: number;
  /** The user instruction pointer at the system call: inside libc as a rule. */
  readonly ip: string;
  /** Words found on the stack above sp, each lying behind a call instruction; some may be stale garbage. */
  readonly near: readonly string[];
  /** Return addresses by frame pointers; garbage where a runtime keeps none. */
  readonly chain: readonly string[];
};

export type Frame = {
  readonly address: string;
  readonly function: string | null;
  readonly file: string | null;
  readonly line: number | null;
  /** The mapped file's path as the process sees it; null for code that a runtime made. */
  readonly object: string | null;
  /** The ELF's virtual address as addr2line takes it: of the call itself (address − 1 for a return address). */
  readonly offset: number | null;
  readonly inlined?: true;
};

/** Innermost first, libc's own frames left out. The notes say what is not known, and the switch that would tell. */
export type Named = { readonly frames: readonly Frame[]; readonly notes: readonly string[] };

/** Beyond it a name is cut: C++ templates and hostile files know no end. */
const NAME_MAX_CHARS = 512;

export function cut(name: string): string {
  return name.length > NAME_MAX_CHARS ? `${name.slice(0, NAME_MAX_CHARS)}…` : name;
}

/** NaN for what is no user address (beyond 2^53, or no hexadecimal number at all). */
export function parseAddress(hex: string): number {
  const address = /^[0-9a-f]{1,16}$/i.test(hex) ? Number.parseInt(hex, 16) : Number.NaN;
  return Number.isSafeInteger(address) ? address : Number.NaN;
}
