/**
 * What enters sockleak, from whichever source: one stream of these.
 *
 * Times are microseconds of CLOCK_BOOTTIME (`atUs`), ties broken by `seq`, which counts the events of one
 * stream from 1. A socket is named by `sock`: an id of one life of one connection endpoint, never reused,
 * though the kernel reuses addresses. The JSON form is specified in wire/specification.ts.
 */
import type { CensusEvent, LimitsEvent, ProcessEvent, RoundEvent, ThreadsEvent } from "./census.ts";
import type { PathEvent, PathsEvent, SiteEvent, SymbolEvent } from "./site.ts";
import type { TcpState } from "./state.ts";

export type Address = { readonly addr: string; readonly port: number };
export type Attachment = "fentry" | "kprobe" | "tracepoint" | "census";
export type Mode = "full" | "lean" | "census";

type Stamp = { readonly atUs: number; readonly seq: number };

/** What is known of the socket an event is about; null is "not known", never "none". */
export type OfSocket = Stamp & {
  readonly sock: string;
  /** v4-mapped addresses are shown as v4. Port 0 until the kernel has chosen one (connect). */
  readonly local: Address | null;
  readonly remote: Address | null;
  /** Inode of the network namespace. */
  readonly netns: number | null;
  /** Inode of the socket's file; 0: it has none (not yet accepted, or already let go). */
  readonly inode: number | null;
};

/** A thread that did something, learned in its own context (never from a transition in softirq). */
export type Actor = {
  /** Process and thread id in the host's pid namespace. */
  readonly pid: number;
  readonly tid: number;
  /** Name of the process (of its first thread), raw: escape where printed. */
  readonly comm: string;
};

export type RecordingEvent = Stamp & {
  readonly type: "recording";
  readonly schema: 1;
  readonly host: string;
  readonly kernel: string;
  readonly bootId: string;
  readonly attachment: Attachment;
  readonly bpftrace: string | null;
  readonly mode: Mode;
  readonly filters: Readonly<Record<string, string>>;
  /** Milliseconds since 1970 at atUs. */
  readonly wallMs: number;
};

export type StateEvent = OfSocket & {
  readonly type: "state";
  readonly from: TcpState;
  readonly to: TcpState;
  /** Its probe did not run; the kernel's next word about the socket implies it. Then atUs is the latest it can have been. */
  readonly inferred?: true;
  /** Lean: what was unread when this was told, the FIN counted as one byte (Recv-Q of ss). */
  readonly recvQ?: number;
};

/** How an owner was learned: by the kernel hook that told. */
export type Hook = "inet_csk_accept" | "security_sock_graft" | "sys_exit_accept" | "inet_sock_set_state";
/** … or because a census saw it hold the socket. */
export type Learned = Hook | "census";

export type OpenEvent = OfSocket &
  Actor & {
    readonly type: "open";
    readonly how: "accept" | "connect";
    readonly fd: number | null;
    /** Accept side: from ESTABLISHED to accept(); null where the start was not seen. */
    readonly queuedUs: number | null;
    readonly learned: Hook;
  };

/** A read that returned 0 in CLOSE_WAIT, length above 0 and no MSG_PEEK: the program was told EOF. */
export type ReadEvent = OfSocket & Actor & { readonly type: "read"; readonly fd: number | null };

export type ShutdownEvent = OfSocket &
  Actor & { readonly type: "shutdown"; readonly how: "read" | "write" | "both"; readonly fd: number | null };

/**
 * The end, or a step to it:
 *   close      a process let go of it (tracepoints: seen as the transition its close(2), exec or exit made)
 *   tcp_close  the last holder let go (fentry, kprobe)
 *   destroyed  the kernel ended the endpoint (tcp:tcp_destroy_sock); `pid` only where that was a process's doing
 *   replaced   its address now belongs to another endpoint; when it ended was not seen, or it was retried
 */
export type CloseEvent = OfSocket & {
  readonly type: "close";
  readonly how: "close" | "tcp_close" | "destroyed" | "replaced";
  readonly pid: number | null;
  readonly tid: number | null;
  readonly comm: string | null;
  readonly fd: number | null;
  /** The process was exiting: nobody called close(). Null where no process is known. */
  readonly exiting: boolean | null;
};

/** Something is missing here, or may be. */
export type GapEvent = Stamp & {
  readonly type: "gap";
  readonly why:
    | "lost"
    | "unreadable"
    | "recursion"
    | "restart"
    | "late"
    | "overload"
    | "map-full"
    /** A recorder could not write them: its disk was full, its file gone. */
    | "unwritten"
    /** A recording ends or goes on in the middle: it was cut, or a file between two is missing. */
    | "cut";
  /** How many events are missing; null when nobody can know. */
  readonly lost: number | null;
  readonly text: string;
};

/** Time moves on, about once a second, also when nothing happens. */
export type TickEvent = Stamp & {
  readonly type: "tick";
  readonly wallMs: number;
  /**
   * Lean mode: connections that began and ended since the tick before, most of which no event tells of; processes that had
   * suspects, and have closed a connection all the same; the longest time that the kernel spent in one run of the probes' drain.
   */
  readonly counted?: {
    readonly opened: number;
    readonly closed: number;
    readonly closers: number[];
    readonly longestRunUs: number;
  };
};

/** A note of this moment: a person's ("deploy started"), or that a clock jumped (source/clock-watch.ts). */
export type MarkEvent = Stamp & { readonly type: "mark"; readonly text: string };

export type EndEvent = Stamp & {
  readonly type: "end";
  readonly why: string;
  /** Of the whole stream, this event included; a recorder adds them. */
  readonly totals?: { readonly events: number; readonly gaps: number; readonly lost: number };
};

/** What happened to a socket, told by a probe. */
export type SocketEvent = StateEvent | OpenEvent | ReadEvent | ShutdownEvent | CloseEvent;
/** What a census saw. */
export type SightEvent = CensusEvent | ProcessEvent | LimitsEvent | ThreadsEvent | RoundEvent;
/** Code paths, and how many came along. */
export type CodeEvent = SiteEvent | PathEvent | PathsEvent | SymbolEvent;
export type Event = RecordingEvent | SocketEvent | CodeEvent | SightEvent | GapEvent | MarkEvent | TickEvent | EndEvent;
export type EventType = Event["type"];

/** An event before it has its place in a stream (model/filter.ts numbers them); whatever its `seq` is till then. */
export type Unnumbered<E extends Event = Event> = E extends Event ? Omit<E, "seq"> & { readonly seq?: number } : never;

/** By the type alone: whatever else an event has is found slowly where any type may come. */
export function isSocketEvent(event: Event): event is SocketEvent {
  switch (event.type) {
    case "state":
    case "open":
    case "read":
    case "shutdown":
    case "close":
      return true;
    default:
      return false;
  }
}
