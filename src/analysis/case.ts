/** What a kind is decided by, and what a decision is. */
import type { CensusEvent } from "../model/census.ts";
import type { SocketView } from "../model/snapshot.ts";
import type { Evidence } from "./evidence.ts";
import type { Age, Confidence, Kind } from "./finding.ts";

/** One unclosed socket with what is known around it. */
export type Subject = {
  /** Its side traced, or derived. */
  readonly socket: SocketView;
  readonly age: Age;
  /** Of the latest census, where that saw it in the state that it is in. */
  readonly seen: CensusEvent | null;
  /** Listening sockets in whose queue it may be, where it is in one. */
  readonly doors: number;
  /** Its process is a Java machine. */
  readonly byJava: boolean;
  /** The sockets of its process towards its peer, this one among them. Told when all of them are known (courses.ts). */
  course: Course;
};

/** The unclosed sockets of one process, side and peer, and how their number went. */
export type Course = {
  readonly count: number;
  readonly trend: "stands" | "grows" | "unknown";
  /** Some of them, or of the process's of which the peer is not known, have left TCP while they were held. */
  readonly ended: boolean;
};

export type Match = {
  readonly kind: Kind;
  readonly confidence: Confidence;
  readonly because: string;
  /** Old enough, it is a leak; otherwise it is listed whatever its age. */
  readonly canLeak: boolean;
};

/** Does this kind match? Asked in the order of KINDS; the first that answers is the kind. */
export type Question = (of: Subject, evidence: Evidence) => Match | null;
