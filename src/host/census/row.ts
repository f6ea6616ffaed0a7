import type { Address } from "../../model/event.ts";
import type { TcpState } from "../../model/state.ts";

export type Timer = "off" | "on" | "keepalive" | "timewait" | "persist";

/** One socket of a TCP table. Null is "not told". */
export type Row = {
  readonly state: TcpState;
  /** Bytes; of LISTEN the accept queue and its bound. */
  readonly recvQ: number | null;
  readonly sendQ: number | null;
  /** Address "*": every one of both families (a dual-stack listener); "::" every IPv6 one. */
  readonly local: Address | null;
  readonly remote: Address | null;
  readonly timer: Timer | null;
  /** 0: no file (never accepted, let go, TIME_WAIT). */
  readonly inode: number | null;
  /** Hexadecimal. */
  readonly cookie: string | null;
  readonly cgroup: string | null;
  readonly lastSndMs: number | null;
  readonly lastRcvMs: number | null;
  readonly lastAckMs: number | null;
  readonly segsIn: number | null;
  /** Upper layer protocol: "mptcp", "tls", "espintcp" … */
  readonly ulp: string | null;
};

/** What neither /proc/net/tcp nor a row without TCP_INFO tells. */
export const UNTOLD = {
  cookie: null,
  cgroup: null,
  lastSndMs: null,
  lastRcvMs: null,
  lastAckMs: null,
  segsIn: null,
  ulp: null,
} as const;
