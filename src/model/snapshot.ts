/** What the tracker knows at one instant: plain, read-only data from which every view is made. */
import type { Actor, Address, Attachment, Learned, Mode, RecordingEvent } from "./event.ts";
import type { TcpState } from "./state.ts";

/** One thing that happened to a socket. Kept: the first one and the latest; `dropped` counts those between. */
export type Step = {
  readonly atUs: number;
  readonly what: "state" | "open" | "read" | "shutdown" | "close";
  /** For people: "ESTABLISHED → CLOSE_WAIT", "accept by 4121/4130 java fd 7". Raw text of the kernel inside. */
  readonly text: string;
  /** The step came after a gap in the stream: something may be missing before it. */
  readonly afterGap: boolean;
};

export type Owner = Actor & { readonly fd: number | null; readonly learned: Learned };

export type SocketView = {
  readonly id: string;
  readonly local: Address | null;
  readonly remote: Address | null;
  readonly netns: number | null;
  readonly inode: number | null;
  readonly side: "accept" | "connect" | null;
  readonly state: TcpState;
  /** Time in `state`. */
  readonly inStateUs: number;
  readonly firstSeenUs: number;
  /** Its start was not seen: ages are lower bounds. */
  readonly halfway: boolean;
  readonly owner: Owner | null;
  /** Since the peer closed (entered CLOSE_WAIT), null if it has not or when is unknown. Goes on after CLOSE_WAIT is left for CLOSE by a reset. */
  readonly peerClosedUs: number | null;
  /** A gap lies inside the time since the peer closed. */
  readonly acrossGap: boolean;
  readonly eofRead: boolean;
  readonly shutdown: boolean;
  /** A process let go of it (close, tcp_close). */
  readonly letGo: boolean;
  readonly steps: readonly Step[];
  readonly droppedSteps: number;
};

/** How the connections of one listener or towards one peer ended. Histograms of idle time use IDLE_BOUNDS_MS. */
export type Endings = {
  /** "listen 10.0.0.1:80" or "peer 10.0.3.4:443". */
  readonly side: "accept" | "connect";
  /** Accept side: our local port. Connect side: the peer. */
  readonly where: Address;
  readonly closedFirst: {
    readonly us: number;
    readonly peer: number;
    readonly reset: number;
    readonly failed: number;
    readonly unknown: number;
  };
  /** Milliseconds in ESTABLISHED before the first close: counts per bucket, see model/endings.ts. */
  readonly establishedMs: {
    readonly counts: readonly number[];
    readonly medianMs: number | null;
    /** The fullest bucket of one closer, with the mean of what is in it: a spike, if it holds enough (analysis/spike.ts). */
    readonly peak: { readonly closer: "us" | "peer" | "reset"; readonly meanMs: number; readonly count: number } | null;
  };
};

export type ProcessView = {
  readonly pid: number;
  readonly comm: string;
  readonly live: number;
  readonly opened: number;
  readonly closed: number;
  readonly byState: Readonly<Partial<Record<TcpState, number>>>;
  /** Live sockets in CLOSE_WAIT or closed by TCP yet still held, oldest first; all of them. */
  readonly unclosed: readonly SocketView[];
};

export type Books = {
  /** Endpoints whose birth was seen. */
  readonly opened: number;
  /** Endpoints first seen after their birth. */
  readonly standing: number;
  readonly closed: number;
  readonly live: number;
  /** Endpoints whose end was not seen (their address was taken by another while they were not in CLOSE). */
  readonly lost: number;
};

export type Snapshot = {
  readonly atUs: number;
  /** Of the first event. */
  readonly sinceUs: number;
  readonly wallMs: number | null;
  readonly recording: RecordingEvent | null;
  readonly attachment: Attachment | null;
  readonly mode: Mode | null;
  readonly books: Books;
  readonly byState: Readonly<Partial<Record<TcpState, number>>>;
  readonly listeners: number;
  /** Every process with a live or unclosed socket, unsorted; pid 0 never. */
  readonly processes: readonly ProcessView[];
  /** Unclosed sockets of which no process is known (never accepted, or opened before we came), oldest first. */
  readonly ownerless: readonly SocketView[];
  /** The live sockets of the process asked for, at most DETAIL_LIMIT, oldest first. */
  readonly detail: { readonly pid: number; readonly sockets: readonly SocketView[]; readonly omitted: number } | null;
  readonly endings: readonly Endings[];
  /** One point a second, oldest first, at most SERIES_LENGTH. `events` counts those since the point before. */
  readonly series: readonly {
    readonly atUs: number;
    readonly closeWait: number;
    readonly unclosed: number;
    readonly live: number;
    readonly events: number;
  }[];
  readonly oldestCloseWaitUs: number | null;
  readonly events: number;
  readonly illegalMoves: number;
  readonly gaps: {
    readonly count: number;
    readonly lost: number;
    readonly unknown: number;
    readonly last: { readonly atUs: number; readonly text: string } | null;
  };
  /** The stream has ended (end event), and why. */
  readonly ended: string | null;
};
