/** What the page is drawn from: packed as lists of numbers, since there may be 20,000 sockets. Times are seconds after `fromUs`. */
import type { FindingsDocument } from "../../analysis/findings-document.ts";
import type { TcpState } from "../../model/state.ts";

export type PageData = {
  readonly document: FindingsDocument;
  readonly fromUs: number;
  /** Milliseconds since 1970 at fromUs; null: the recording does not tell. */
  readonly fromWallMs: number | null;
  /** Length of what was recorded. */
  readonly seconds: number;
  readonly curves: {
    readonly at: readonly number[];
    readonly live: readonly number[];
    readonly unclosed: readonly number[];
    readonly states: readonly { readonly state: TcpState; readonly counts: readonly number[] }[];
  };
  readonly fds: readonly {
    readonly name: string;
    readonly at: readonly number[];
    readonly used: readonly number[];
    readonly limit: number | null;
  }[];
  readonly marks: readonly { readonly at: number; readonly text: string }[];
  readonly gaps: readonly { readonly at: number; readonly text: string }[];
  readonly ages: readonly { readonly label: string; readonly leak: number; readonly other: number }[];
  readonly flames: readonly Flame[];
  readonly bars: Bars;
};

/** Of a process, worst first. */
export type Flame = {
  readonly title: string;
  /** `opened` and `closed` are counted, and not of the leaked alone. */
  readonly closesKnown: boolean;
  readonly nodes: readonly FlameNode[];
};

/** A function as called by those above it. */
export type FlameNode = {
  readonly text: string;
  readonly leaked: number;
  readonly opened: number;
  readonly closed: number;
  readonly below: readonly FlameNode[];
};

/** Lives of sockets: those of findings, worst first, then some that were closed. */
export type Bars = {
  readonly states: readonly TcpState[];
  readonly texts: readonly string[];
  /** Index of its finding; -1: it was closed. */
  readonly finding: readonly number[];
  /** leak 0, suspect 1, listed 2, closed late 3, closed 4. */
  readonly standing: readonly number[];
  /** Indexes of `texts`: "java 4121", local and remote end. */
  readonly owner: readonly number[];
  readonly local: readonly number[];
  readonly remote: readonly number[];
  readonly fd: readonly (number | null)[];
  /** How many pieces each has; and, one after the other, their states and beginnings. A piece ends where the next begins. */
  readonly pieces: readonly number[];
  readonly pieceState: readonly number[];
  readonly pieceAt: readonly number[];
  /** When its last piece ended; null: it goes on. */
  readonly end: readonly (number | null)[];
  /** Sockets that ended and are not here. */
  readonly omitted: number;
};

export const STANDINGS = ["leak", "suspect", "no leak", "closed late", "closed"] as const;
