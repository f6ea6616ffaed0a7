/**
 * What a census tells: sockets as sock_diag and /proc show them at one moment, their holders, and the processes.
 * A round is one `ss` dump of every network namespace and one walk of the fds. It emits one census event a socket, by
 * namespace, listeners first, each process not told before ahead of the first socket that names it, limits and threads of
 * suspects, and the round itself, which says what was looked at and what was not.
 */
import type { Address } from "./event.ts";
import type { TcpState } from "./state.ts";

type Stamp = { readonly atUs: number; readonly seq: number };

export type Holder = {
  readonly pid: number;
  readonly fd: number;
  /** How the process's epoll sets watch this fd; null: it has none, or they could not be read. */
  readonly epoll: "none" | "no-read" | "read" | null;
};

/** Why a socket with an inode has no holder, where that could be told. */
export type NoHolder = "io_uring" | "in-flight" | "kernel" | "hidden" | "not-found";

/** `atUs` is the moment right after its namespace's table was read; of a socket in no table, after it was asked about. */
export type CensusEvent = Stamp & {
  readonly type: "census";
  /** Of this sight of it: the tracker joins it to a socket it knows by cookie, inode, or namespace and addresses. */
  readonly sock: string;
  readonly round: number;
  readonly local: Address | null;
  readonly remote: Address | null;
  readonly netns: number | null;
  readonly inode: number | null;
  /** sock_diag's cookie, hexadecimal, never reused; null where not told. */
  readonly cookie: string | null;
  /** CLOSE for an fd whose socket is in no TCP table any more. */
  readonly state: TcpState;
  /** Bytes; for LISTEN the length of the accept queue and its bound. Null for sockets in no table. */
  readonly recvQ: number | null;
  readonly sendQ: number | null;
  readonly timer: "off" | "on" | "keepalive" | "timewait" | "persist" | null;
  /** Milliseconds since, as TCP_INFO tells (tcp_jiffies32 stamps: they wrap after 49 days). */
  readonly lastSndMs: number | null;
  readonly lastRcvMs: number | null;
  readonly lastAckMs: number | null;
  /** TCP_INFO segs_in; above 0 there was a connection. */
  readonly segsIn: number | null;
  readonly holders: readonly Holder[];
  readonly noHolder: NoHolder | null;
  /** Owner outside holders: of the io_uring ring. */
  readonly ringPid: number | null;
  /** "TCP", "MPTCP" (system.sockprotoname), "TLS" (TCP whose data the kernel decrypts); null where nobody told. */
  readonly protocol: string | null;
  readonly cgroup: string | null;
};

/** Once a process, again when it has changed its executable. */
export type ProcessEvent = Stamp & {
  readonly type: "process";
  readonly pid: number;
  readonly startedUs: number;
  readonly comm: string;
  /** Path; " (deleted)" is cut off and told beside. Null: not readable. */
  readonly exe: string | null;
  readonly exeDeleted: boolean;
  /** Masked. */
  readonly args: readonly string[];
  readonly uid: number | null;
  readonly user: string | null;
  readonly ppid: number | null;
  readonly unit: string | null;
  readonly container: { readonly id: string; readonly runtime: string | null } | null;
  readonly pod: { readonly name: string | null; readonly uid: string } | null;
  readonly netns: number | null;
  readonly pidInContainer: number | null;
};

/** Of processes under suspicion, each round. */
export type LimitsEvent = Stamp & {
  readonly type: "limits";
  readonly pid: number;
  readonly fds: { readonly used: number; readonly limit: number | null };
};

export type ThreadGroup = {
  readonly count: number;
  /** At most 10 of them. */
  readonly tids: readonly number[];
  readonly name: string;
  /** Letter of /proc/PID/stat: R S D … */
  readonly state: string;
  readonly wchan: string | null;
  readonly syscall: string | null;
  readonly waitsFor: {
    readonly fd: number;
    readonly local: Address | null;
    readonly remote: Address | null;
    readonly state: TcpState | null;
    readonly silentMs: number | null;
  } | null;
};

export type ThreadsEvent = Stamp & {
  readonly type: "threads";
  readonly pid: number;
  readonly groups: readonly ThreadGroup[];
};

/** The end of a round. */
export type RoundEvent = Stamp & {
  readonly type: "round";
  readonly round: number;
  /** Before the first table, and after the last: the walk of the fds comes later. */
  readonly fromUs: number;
  readonly toUs: number;
  /** What the kernel was asked for: everything, or CLOSE_WAIT and closed-but-held only. */
  readonly scope: "full" | "close-wait";
  /** Inodes of the namespaces that were looked into. */
  readonly netns: readonly number[];
  readonly sockets: number;
  /** Milliseconds of CPU that the round took: its share of the main thread, the worker, the programs it ran. */
  readonly costMs: number;
  readonly byState: Readonly<Partial<Record<TcpState, number>>>;
  /** When the next round was due, in milliseconds after this one; null: no other was planned. */
  readonly nextMs: number | null;
  /** What could not be seen, one clause each; empty: everything was. */
  readonly why: readonly string[];
};
