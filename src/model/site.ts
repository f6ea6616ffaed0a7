/**
 * Code paths, as events: a user stack once (`site`), who came along it (`path`), how many did (`paths`), what it is called (`symbol`).
 *
 *   site 7:  main → take_upload → dial → connect()            one process, one stack, one number
 *   path:    socket s1 was opened at site 7
 *   paths:   40 opened at site 7; 37 of these closed at site 9
 *   symbol:  site 7 is dial (net.c:12), take_upload (app.c:80), main (app.c:99)
 */
import type { OfSocket } from "./event.ts";

type Stamp = { readonly atUs: number; readonly seq: number };

/** What was done there: accept or connect; the first read after the peer's FIN; the last read or write before it. */
export type Role = "opened" | "eof-read" | "last-used";

/** The system call: accept or accept4, connect, close, one that reads, one that writes. */
export type Did = "accept" | "connect" | "close" | "read" | "write";

/** Addresses in hexadecimal, innermost first. What of them are frames is to be checked by whoever names them. */
export type SiteEvent = Stamp & {
  readonly type: "site";
  /** Of this process and stack, below 2^53. */
  readonly site: number;
  readonly pid: number;
  readonly did: Did;
  /** Of the system call. */
  readonly ip: string;
  /** Words on the stack that lie behind a call: the first is what libc's wrapper returns to; the others may be stale. */
  readonly near: readonly string[];
  /** Return addresses by frame pointers; of code that uses the register otherwise, anything. */
  readonly chain: readonly string[];
  /** Words above the stack pointer that lie behind a call, farther up where Python's trampolines are. Only their place tells which are frames. */
  readonly words?: readonly StackWord[];
};

/** `at`: 8-byte words above the stack pointer. */
export type StackWord = { readonly at: number; readonly address: string };

export type PathEvent = OfSocket & { readonly type: "path"; readonly role: Role; readonly site: number };

/** How many came along, since the stream began; only what has changed. */
export type PathsEvent = Stamp & {
  readonly type: "paths";
  readonly opened: readonly { readonly site: number; readonly count: number }[];
  /** Of those opened at `opened`, by close(2) at `site`. */
  readonly closed: readonly { readonly opened: number; readonly site: number; readonly count: number }[];
  /** Openings and closings without a number: no room in the kernel's map, or too many new paths at once. */
  readonly unsited: number;
  /** There are more paths than are counted: from here on these counts stand still. */
  readonly overrun?: true;
};

export type Frame = {
  readonly address: string;
  /** Demangled; null: no symbol covers the address. */
  readonly function: string | null;
  readonly file: string | null;
  readonly line: number | null;
  /** The mapped file's path as the process sees it; null for code that a runtime made. */
  readonly object: string | null;
  /** The ELF's virtual address as addr2line takes it: of the call itself (address − 1 for a return address). */
  readonly offset: number | null;
  /** Compiled into the next one. */
  readonly inlined?: true;
};

/**
 * A thread that opened sockets, and where it stood when it was asked, innermost first: a hint, for it may do something else by then.
 * No frames: it was not asked.
 */
export type StandingThread = {
  /** In the host's pid namespace. */
  readonly tid: number;
  readonly name: string;
  readonly frames: readonly Frame[];
};

/** The frames of a site, innermost first, resolved while the process lived. */
export type SymbolEvent = Stamp & {
  readonly type: "symbol";
  readonly site: number;
  readonly frames: readonly Frame[];
  /** What is not known, and the switch that would tell. */
  readonly notes: readonly string[];
  /** Threads of the process that have opened sockets, where its frames cannot all be read (Java). */
  readonly standing?: readonly StandingThread[];
};
