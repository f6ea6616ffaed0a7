/** What the analysis says: plain data, the same for the dashboard and every report. */
import type { ThreadGroup } from "../model/census.ts";
import type { SocketView } from "../model/snapshot.ts";
import type { FindingSite } from "./sites.ts";

/** Stable identifiers of the ways in which a socket is not closed (README: kinds). */
export const KINDS = [
  "never-accepted",
  "no-holder",
  "gone-unclosed",
  "held-elsewhere",
  "pool-idle",
  "eof-unread",
  "eof-ignored",
  "half-closed",
  "unknown",
] as const;

export type Kind = (typeof KINDS)[number];
export type Confidence = "certain" | "likely" | "possible";
export type Verdict = "leak" | "suspect" | "clean" | "unknown";

/** How an age is known: seen to begin, bounded by TCP_INFO's stamps, or only since sockleak first saw it so. */
export type AgeBasis = "traced" | "tcp_info" | "first-seen";

/** For how long a program has owed a close (design.md, Age). `maxMs` null: no upper bound. */
export type Age = { readonly minMs: number; readonly maxMs: number | null; readonly basis: AgeBasis };

/** One socket judged. `leak` beyond olderThan, `suspect` from the suspect age up to it. */
export type Judged = {
  readonly socket: SocketView;
  readonly kind: Kind;
  readonly standing: "leak" | "suspect" | "listed";
  readonly confidence: Confidence;
  readonly age: Age;
  /** One clause for people: "read returned 0, no close for 61 s". */
  readonly because: string;
};

/** How it was learned whose sockets these are. */
export type AttributedBy = "holder" | "listener" | "trace";

/** Sockets gained per hour over a window, or why no rate can be told. `method` says from what, for the document. */
export type Growth =
  | { readonly perHour: number; readonly windowMs: number; readonly method: "ages" | "rounds" }
  | { readonly perHour: null; readonly why: string };

/** Who: as /proc told it, else only what a probe knew. Raw text: escape where printed. */
export type Culprit = {
  readonly pid: number;
  readonly startedUs: number | null;
  readonly comm: string;
  readonly exe: string | null;
  readonly args: readonly string[];
  readonly user: string | null;
  readonly unit: string | null;
  readonly container: string | null;
  readonly pod: string | null;
  readonly netns: number | null;
};

/**
 * The sockets of one process (or of nobody known), one kind and one side: the unit that people act on.
 * Every list is whole; documents and screens cut it.
 */
export type Finding = {
  /** The same over restarts: unit or executable, kind, local port or peer. */
  readonly id: string;
  readonly kind: Kind;
  /** Some of its sockets are leaks (Judged.standing); `count` then counts those, else all of them. */
  readonly leak: boolean;
  /** Of the best-known of the sockets counted. */
  readonly confidence: Confidence;
  readonly because: string;
  readonly process: Culprit | null;
  readonly attributedBy: AttributedBy | null;
  readonly count: number;
  readonly oldest: Age;
  /** Of the process, side and peers, over CLOSE_WAIT and gone-unclosed together. */
  readonly growth: Growth;
  readonly fds: { readonly used: number; readonly limit: number | null; readonly exhaustedInMs: number | null } | null;
  readonly side: "accept" | "connect" | null;
  readonly localPorts: readonly { readonly port: number; readonly count: number }[];
  /** Connect side: address and port; accept side: the address, port 0. Most first. */
  readonly peers: readonly { readonly addr: string; readonly port: number; readonly count: number }[];
  /** How its epoll sets watch the leaked fds: counts over the sockets counted; null: nobody could tell. */
  readonly epoll: { readonly none: number; readonly noRead: number; readonly read: number } | null;
  /** Code paths; by role, most leaked first. Empty: none told. */
  readonly sites: readonly FindingSite[];
  /** Probes tell code paths: that there is none means that these were opened before they came. */
  readonly sitesAsked: boolean;
  readonly threads: readonly ThreadGroup[];
  /** Of the listener that they came from: connections in its queue, its bound; null where not asked or not known. */
  readonly queue: { readonly port: number; readonly length: number; readonly bound: number } | null;
  /** When the leak grew, from the ages of those that stand: oldest first, until now; null: unknown. */
  readonly curve: { readonly bucketMs: number; readonly counts: readonly number[] } | null;
  /** Until when to look again, where only time can decide (`possible`); else null. */
  readonly lookAgainMs: number | null;
  /** Worst first; those counted come first. */
  readonly sockets: readonly Judged[];
};

/** A process (or null: sockets of which no process is known) with what it has not closed. */
export type Suspect = {
  readonly pid: number | null;
  readonly comm: string | null;
  readonly live: number;
  /** 0 where only suspects are told (lean). */
  readonly opened: number;
  readonly closed: number;
  readonly closeWait: number;
  readonly leaked: number;
  readonly suspects: number;
  readonly kinds: Readonly<Partial<Record<Kind, number>>>;
  readonly oldest: Age | null;
  readonly growth: Growth;
  /** Towards whom, most first, at most 5. */
  readonly peers: readonly { readonly addr: string; readonly port: number; readonly count: number }[];
  readonly fds: Finding["fds"];
  /** Suspects that it closed after all: how many, and after how long at most. */
  readonly retracted: { readonly count: number; readonly longestMs: number } | null;
  /** Worst first. */
  readonly sockets: readonly Judged[];
  /** It never closed anything while it was watched, though it had cause to (leaked or suspect > 0). */
  readonly neverCloses: boolean;
};

export type Analysis = {
  readonly verdict: Verdict;
  /** One sentence: "python3 4121 leaks 23 sockets …" or "nothing leaked: 1,204 opened, 1,204 closed, …". */
  readonly text: string;
  /** Worst first: leaked, suspects, oldest. Processes without either follow, most live sockets first. */
  readonly suspects: readonly Suspect[];
  /** By time to limit, then count; leaks before the others. */
  readonly findings: readonly Finding[];
  /** What is no leak of these kinds and worth a word: one sentence each. Names are raw: escape where printed. */
  readonly observations: readonly string[];
  /** Of all CLOSE_WAIT: seen, or by TCP_INFO's bounds, at least so old. Null: there is none. */
  readonly oldestCloseWaitMs: number | null;
  readonly complete: boolean;
  /** Why not complete, one clause each. */
  readonly why: readonly string[];
};

export type Thresholds = {
  /** Age from which a socket is a suspect. */
  readonly suspectMs: number;
  /** Age from which it is a leak (--older-than). */
  readonly olderThanMs: number;
  /** The processes' time is over: what they hold, no pool will take again. */
  readonly final?: true;
};

export const DEFAULT_THRESHOLDS: Thresholds = { suspectMs: 5_000, olderThanMs: 60_000 };
