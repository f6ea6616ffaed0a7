/**
 * One line of `ss -taneiOH` (iproute2 5.10 to 7.1, misc/ss.c: inet_show_sock) → a row:
 *
 *   CLOSE-WAIT 1 0 [::1]:80 [::1]:4711 timer:(keepalive,1min,0) uid:33 ino:17 sk:2a cgroup:/a.slice v6only:0 --> ts … lastrcv:8 …
 *   └──────────── head ─────────────┘ └──────── details ────────────────────┘└─ a user's text ─┘└ shutdown ┘└──── TCP_INFO ────┘
 *
 * A cgroup can be named `x ino:1 sk:1` or `x --> lastrcv:1`: details count only before the first ` cgroup:`, and TCP_INFO
 * only after the last shutdown marker, which the kernel gives for every socket that has a cgroup. A newline it cannot hold
 * (cgroup_mkdir refuses it).
 */
import type { TcpState } from "../../model/state.ts";
import { Pool } from "./pool.ts";
import type { Row, Timer } from "./row.ts";
import { isNobody, parseSsAddress } from "./table-address.ts";

/** sstate_name in misc/ss.c. */
const STATES: Readonly<Record<string, TcpState>> = {
  ESTAB: "ESTABLISHED",
  "SYN-SENT": "SYN_SENT",
  "SYN-RECV": "SYN_RECV",
  "FIN-WAIT-1": "FIN_WAIT1",
  "FIN-WAIT-2": "FIN_WAIT2",
  "TIME-WAIT": "TIME_WAIT",
  UNCONN: "CLOSE",
  "CLOSE-WAIT": "CLOSE_WAIT",
  "LAST-ACK": "LAST_ACK",
  LISTEN: "LISTEN",
  CLOSING: "CLOSING",
};

/** Netid is printed when ss was asked for several families, the state not when it was asked for only one. */
const HEAD = /^(?:tcp\s+)?([A-Z][A-Z0-9-]+)\s+(-?\d+)\s+(-?\d+)\s+(\S+)\s+(\S+)(?=\s|$)/;
const HEAD_WITHOUT_STATE = /^(-?\d+)\s+(-?\d+)\s+(\S+)\s+(\S+)(?=\s|$)/;
/** With -p. A comm has at most 15 bytes, any bytes: the longest reading of each is the true one. */
const USERS = /^\s*users:\((?:\(".{0,15}",pid=\d+,fd=\d+\),?)+\)/;
const CGROUP = " cgroup:";
/** Of shutdown: both directions open, one of them, none. */
const MARKERS: ReadonlySet<string> = new Set([" <->", " -->", " <--", " ---"]);
const [BLANK, DASH, LESS] = [" ", "-", "<"].map((sign) => sign.charCodeAt(0));
const TIMERS: ReadonlySet<string> = new Set<Timer>(["off", "on", "keepalive", "timewait", "persist"]);

/** `asked`: the state in ss's filter; ss leaves out the column when there is only one. Null: no socket. */
export function parseSsLine(line: string, asked?: TcpState, pool: Pool = new Pool()): Row | null {
  const head = parseHead(line, asked, pool);
  if (head === null) return null;
  // ss pads its columns: half of the text is blanks.
  const rest = withoutUsers(line.slice(head.length)).trimEnd();
  const cgroupAt = rest.indexOf(CGROUP);
  const details = cgroupAt < 0 ? rest : rest.slice(0, cgroupAt);
  const marker = lastMarker(rest, cgroupAt);
  // A cgroup without a marker after it: no TCP_INFO can be told from the user's text.
  const info = marker > cgroupAt ? rest.slice(marker) : cgroupAt < 0 ? rest : "";
  const { lastSndMs, lastRcvMs, lastAckMs, segsIn, ulp } = parseInfo(info, pool);
  const { state, recvQ, sendQ, local, remote } = head;
  const timer = parseTimer(details);
  const inode = numberAfter(details, " ino:");
  const cookie = parseCookie(details);
  const cgroup =
    cgroupAt < 0
      ? null
      : pool.text(parseCgroup(rest.slice(cgroupAt + CGROUP.length, marker > cgroupAt ? marker : undefined)));
  // Spelled out: object spread costs 10 µs a line, more than all the rest.
  return {
    state,
    recvQ,
    sendQ,
    local,
    remote,
    timer,
    inode,
    cookie,
    cgroup,
    lastSndMs,
    lastRcvMs,
    lastAckMs,
    segsIn,
    ulp,
  };
}

/** A search that fails costs as much as one that finds: first a look whether there is anything to find. */
function withoutUsers(text: string): string {
  return text.includes("users:(") ? text.replace(USERS, "") : text;
}

/**
 * What is left of a connection when its socket is gone (struct inet_timewait_sock, of FIN_WAIT2, too), or null. A busy server
 * has more of these than of all others, and they are counted only: this is what need not be parsed.
 */
export function remnantOf(line: string): TcpState | null {
  if (line.startsWith("TIME-WAIT ")) return "TIME_WAIT";
  if (!line.startsWith("FIN-WAIT-2 ")) return null;
  const timer = line.indexOf(" timer:(timewait,");
  const cgroup = line.indexOf(CGROUP);
  return timer > 0 && (cgroup < 0 || timer < cgroup) ? "FIN_WAIT2" : null;
}

/** Behind `after`; -1: there is none. By hand, from the end: few blanks of TCP_INFO have such a sign behind them. */
function lastMarker(text: string, after: number): number {
  for (let at = text.length - 4; at > after; at--) {
    if (text.charCodeAt(at) !== BLANK) continue;
    const sign = text.charCodeAt(at + 1);
    if ((sign === DASH || sign === LESS) && MARKERS.has(text.slice(at, at + 4))) return at;
  }
  return -1;
}

type Head = Pick<Row, "state" | "recvQ" | "sendQ" | "local" | "remote"> & { readonly length: number };

function parseHead(line: string, asked: TcpState | undefined, pool: Pool): Head | null {
  const found = HEAD.exec(line) ?? (asked === undefined ? null : withState(HEAD_WITHOUT_STATE.exec(line)));
  if (found === null) return null;
  const [all = "", name = "", recvQ, sendQ, here = "", there = ""] = found;
  const state = name === "" ? asked : STATES[name];
  const local = parseSsAddress(here, pool);
  const remote = parseSsAddress(there, pool);
  if (state === undefined || local === undefined || remote === undefined) return null;
  const far = isNobody(remote) ? null : remote;
  return { length: all.length, state, recvQ: number(recvQ), sendQ: number(sendQ), local, remote: far };
}

function withState(found: RegExpExecArray | null): readonly string[] | null {
  return found === null ? null : [found[0], "", ...found.slice(1)];
}

/** Newer kernels also tell a delayed ACK's timer ("delack"), which moves nothing that matters here. */
function parseTimer(details: string): Timer | null {
  const at = details.indexOf(" timer:(");
  if (at < 0) return "off";
  const name = details.slice(at + " timer:(".length, details.indexOf(",", at));
  if (name === "delack") return "off";
  return TIMERS.has(name) ? (name as Timer) : null;
}

/** Up to the marker, less what ss prints between. */
function parseCgroup(text: string): string {
  return text.replace(/ v6only:[01]$/, "");
}

/** 64 bits, in practice small: so short a text V8 copies, it keeps no piece of ss's output alive. */
function parseCookie(details: string): string | null {
  return / sk:([0-9a-f]{1,16})/.exec(details)?.[1] ?? null;
}

type Info = Pick<Row, "lastSndMs" | "lastRcvMs" | "lastAckMs" | "segsIn" | "ulp">;

/** ss leaves out what is 0: where TCP_INFO was told at all (every socket that has one has a cwnd), missing is 0. */
function parseInfo(info: string, pool: Pool): Info {
  const missing = info.includes(" cwnd:") || info.includes(" rto:") ? 0 : null;
  const ulpAt = info.indexOf(" tcp-ulp-");
  return {
    lastSndMs: numberAfter(info, " lastsnd:") ?? missing,
    lastRcvMs: numberAfter(info, " lastrcv:") ?? missing,
    lastAckMs: numberAfter(info, " lastack:") ?? missing,
    segsIn: numberAfter(info, " segs_in:") ?? missing,
    ulp: ulpAt < 0 ? null : pool.text(/^[a-z0-9_]+/.exec(info.slice(ulpAt + " tcp-ulp-".length))?.[0] ?? "?"),
  };
}

/** By hand: this runs five times a line, on 20,000 lines. */
function numberAfter(text: string, name: string): number | null {
  const at = text.indexOf(name);
  if (at < 0) return null;
  let end = at + name.length;
  while (end < text.length && isDigit(text.charCodeAt(end))) end++;
  return number(text.slice(at + name.length, end));
}

function isDigit(code: number): boolean {
  return code >= 48 && code <= 57;
}

function number(text: string | undefined): number | null {
  if (text === undefined || text === "") return null;
  const value = Number(text);
  return Number.isSafeInteger(value) && value >= 0 ? value : null;
}
