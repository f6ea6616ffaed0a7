/** What the analysis says: plain data, the same for the dashboard and every report. */
import type { SocketView } from "../model/snapshot.ts";

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

/** One socket judged. `leak` beyond olderThan, `suspect` from the suspect age up to it. */
export type Judged = {
  readonly socket: SocketView;
  readonly kind: Kind;
  readonly standing: "leak" | "suspect" | "listed";
  readonly confidence: Confidence;
  /** One clause for people: "read returned 0, no close for 61 s". */
  readonly because: string;
};

/** A process (or null: sockets of which no process is known) with what it has not closed. */
export type Suspect = {
  readonly pid: number | null;
  readonly comm: string | null;
  readonly live: number;
  readonly opened: number;
  readonly closed: number;
  readonly closeWait: number;
  readonly leaked: number;
  readonly suspects: number;
  readonly kinds: Readonly<Partial<Record<Kind, number>>>;
  readonly oldestUs: number | null;
  /** Leaked or suspect sockets gained per hour over windowMs; null with the reason when below noise. */
  readonly growth:
    | { readonly perHour: number; readonly windowMs: number }
    | { readonly perHour: null; readonly why: string };
  /** Towards whom, most first, at most 5. */
  readonly peers: readonly { readonly addr: string; readonly port: number; readonly count: number }[];
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
  readonly complete: boolean;
  /** Why not complete, one clause each. */
  readonly why: readonly string[];
};

export type Thresholds = {
  /** Age from which a socket is a suspect. */
  readonly suspectMs: number;
  /** Age from which it is a leak (--older-than). */
  readonly olderThanMs: number;
};

export const DEFAULT_THRESHOLDS: Thresholds = { suspectMs: 5_000, olderThanMs: 60_000 };
