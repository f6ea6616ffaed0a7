/** What the tracker knows at one instant: plain, read-only data from which every view is made. */
import type { CensusEvent, LimitsEvent, ProcessEvent, RoundEvent, ThreadsEvent } from "./census.ts";
import type { CodeView } from "./code-paths.ts";
import type { Actor, Address, Attachment, Learned, Mode, RecordingEvent } from "./event.ts";
import type { TcpState } from "./state.ts";

/** One thing that happened to a socket. Kept: the first one and the latest; `dropped` counts those between. */
export type Step = {
  readonly atUs: number;
  readonly what: "state" | "open" | "read" | "shutdown" | "close" | "census";
  /** For people: "ESTABLISHED → CLOSE_WAIT", "accept by 4121/4130 java fd 7". Raw text of the kernel inside. */
  readonly text: string;
  /** The step came after a gap in the stream: something may be missing before it. */
  readonly afterGap: boolean;
};

export type Owner = Actor & { readonly fd: number | null; readonly learned: Learned };

/** What the latest census that saw a socket said of it. */
export type Sight = {
  /** Its stamps (lastAckMs …) count back from its atUs, not from the snapshot's. State CLOSE: in no TCP table, yet held. */
  readonly seen: CensusEvent;
  /** Of the first of the rounds, without one missing between, that saw it in this state. */
  readonly sinceUs: number;
  /** How many rounds those are. */
  readonly rounds: number;
};

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
  /** Lean: bytes unread when it was told as a suspect, the FIN counted as one. */
  readonly recvQ: number | null;
  readonly shutdown: boolean;
  /** A process let go of it (close, tcp_close). */
  readonly letGo: boolean;
  /** Null: no census has seen it. */
  readonly sight: Sight | null;
  /** Some event of a probe was about it: what has happened since `firstSeenUs`, or the first of them, is known. */
  readonly traced: boolean;
  /** Sites: where it was opened, first read after the peer's FIN, last used before that; null: not told. */
  readonly openedAt: number | null;
  readonly eofReadAt: number | null;
  readonly lastUsedAt: number | null;
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

/** How many unclosed sockets of one side and peer a process had, round by round: oldest first, at most HISTORY_LENGTH. */
export type History = {
  readonly side: "accept" | "connect" | null;
  /** Connect side: address and port; accept side: the address, port 0 (each connection has another). Null: not known. */
  readonly peer: Address | null;
  readonly points: readonly { readonly atUs: number; readonly count: number }[];
};

export type ProcessView = {
  readonly pid: number;
  /** Raw; "?" where only its pid is known. */
  readonly comm: string;
  /** As /proc told it; null where no census has. */
  readonly facts: ProcessEvent | null;
  /** The first and the latest sample of its fds. */
  readonly limits: { readonly first: LimitsEvent; readonly last: LimitsEvent } | null;
  readonly threads: ThreadsEvent | null;
  readonly history: readonly History[];
  readonly live: number;
  readonly opened: number;
  readonly closed: number;
  /** It has closed a connection since its first was traced. */
  readonly hasClosed: boolean;
  /** Sockets that it closed though they had been suspects, and after how long at most; null: none. */
  readonly late: { readonly count: number; readonly longestUs: number } | null;
  readonly byState: Readonly<Partial<Record<TcpState, number>>>;
  /** Live sockets in CLOSE_WAIT or closed by TCP yet still held, oldest first; all of them. */
  readonly unclosed: readonly SocketView[];
};

/** A listening socket as a census saw it. */
export type ListenerView = {
  readonly local: Address;
  readonly netns: number | null;
  /** Processes that hold it, each once. */
  readonly pids: readonly number[];
  /** Connections waiting for accept(), and how many may. */
  readonly queue: number | null;
  readonly backlog: number | null;
  readonly atUs: number;
};

/** What censuses have done for the stream. */
export type CensusView = {
  readonly rounds: number;
  /** The latest round, and the latest that looked at everything. */
  readonly last: RoundEvent;
  readonly lastFull: RoundEvent | null;
  /** What the probes had missed and a census put right. */
  readonly corrections: {
    /** Owner found. */
    readonly owner: number;
    /** In another state than thought. */
    readonly state: number;
    /** Absent from two rounds: closed, at an unknown time. */
    readonly closed: number;
    /** Not known before, while probes were attached. */
    readonly added: number;
  };
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
  /** Since when probes have told what happens; null: they never have. */
  readonly tracedSinceUs: number | null;
  /** Null: no census has ended yet. */
  readonly census: CensusView | null;
  readonly books: Books;
  readonly code: CodeView;
  readonly byState: Readonly<Partial<Record<TcpState, number>>>;
  readonly listeners: number;
  /** Those of them that a census saw. */
  readonly listening: readonly ListenerView[];
  /** Every process with a live socket or a listener, unsorted; pid 0 never. A socket is with the process responsible for it. */
  readonly processes: readonly ProcessView[];
  /** Those without either that hold an unclosed socket for which another is responsible, as /proc told of them. */
  readonly sharers: readonly ProcessEvent[];
  /** Unclosed sockets of which no process is known (never accepted, without a holder, or opened before we came), oldest first. */
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
