/** What goes in and what comes out: addresses of one stack, and what they are called. */

import type { SiteEvent, SymbolEvent } from "../model/site.ts";

export type { Frame } from "../model/site.ts";

/** What a probe saw of one user stack. Without `did`: of whichever system call. */
export type RawStack = Pick<SiteEvent, "pid" | "ip" | "near" | "chain" | "words"> &
  Partial<Pick<SiteEvent, "did">> & {
    /** Threads of the process that are known to have opened sockets. */
    readonly tids?: readonly number[];
  };

/** Innermost first, libc's own frames left out. */
export type Named = Pick<SymbolEvent, "frames" | "notes" | "standing">;

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
