/**
 * The short way for the lines that are nearly all of a recording: what happened to a socket, as a recorder prints it.
 *
 *   {"type":"state","atUs":24150430000,"sock":"0000000hra6lq","local":{"addr":"10.0.0.5","port":443}, … ,"seq":8}
 *
 * These keys in the order in which source/told.ts names them, and plain values: read so, nothing gets through that the
 * specification does not allow, and no text of the line, no parsing and no check are needed. Any other line is JSON.parse's.
 * Both ways give the same (test/wire/scan-event.test.ts, which also notices when the source names them in another order).
 */
import type { CloseEvent, OpenEvent, ShutdownEvent, SocketEvent } from "../model/event.ts";
import type { PathEvent } from "../model/site.ts";
import { STATE_NAMES, type TcpState } from "../model/state.ts";
import { isAt } from "./cursor.ts";
import { EventValues } from "./event-values.ts";

type Scanned = SocketEvent | PathEvent;

const key = (name: string) => Buffer.from(`,"${name}":`);
const KEYS = {
  sock: key("sock"),
  local: key("local"),
  remote: key("remote"),
  netns: key("netns"),
  inode: key("inode"),
  from: key("from"),
  to: key("to"),
  pid: key("pid"),
  tid: key("tid"),
  comm: key("comm"),
  how: key("how"),
  fd: key("fd"),
  queuedUs: key("queuedUs"),
  learned: key("learned"),
  exiting: key("exiting"),
  role: key("role"),
  site: key("site"),
  seq: key("seq"),
};

type Words<T extends string> = ReadonlySet<T>;
const STATES: Words<TcpState> = new Set(STATE_NAMES);
const OPENED: Words<OpenEvent["how"]> = new Set(["accept", "connect"] as const);
const LEARNED: Words<OpenEvent["learned"]> = new Set([
  "inet_csk_accept",
  "security_sock_graft",
  "sys_exit_accept",
  "inet_sock_set_state",
] as const);
const SHUT: Words<ShutdownEvent["how"]> = new Set(["read", "write", "both"] as const);
const CLOSED: Words<CloseEvent["how"]> = new Set(["close", "tcp_close", "destroyed", "replaced"] as const);
const ROLES: Words<PathEvent["role"]> = new Set(["opened", "eof-read", "last-used"] as const);

/** One a type, each field spelled out: a spread makes objects that are slow to make and to read. */
const DECODERS: { readonly [T in Scanned["type"]]: (r: EventValues) => Extract<Scanned, { type: T }> } = {
  state: (r) => ({
    type: "state",
    atUs: r.first(),
    sock: r.id(KEYS.sock),
    local: r.address(KEYS.local),
    remote: r.address(KEYS.remote),
    netns: r.countOrNull(KEYS.netns),
    inode: r.countOrNull(KEYS.inode),
    from: r.oneOf(KEYS.from, STATES),
    to: r.oneOf(KEYS.to, STATES),
    seq: r.count(KEYS.seq),
  }),
  open: (r) => ({
    type: "open",
    atUs: r.first(),
    sock: r.id(KEYS.sock),
    local: r.address(KEYS.local),
    remote: r.address(KEYS.remote),
    netns: r.countOrNull(KEYS.netns),
    inode: r.countOrNull(KEYS.inode),
    pid: r.count(KEYS.pid),
    tid: r.count(KEYS.tid),
    comm: r.text(KEYS.comm),
    how: r.oneOf(KEYS.how, OPENED),
    fd: r.countOrNull(KEYS.fd),
    queuedUs: r.countOrNull(KEYS.queuedUs),
    learned: r.oneOf(KEYS.learned, LEARNED),
    seq: r.count(KEYS.seq),
  }),
  read: (r) => ({
    type: "read",
    atUs: r.first(),
    sock: r.id(KEYS.sock),
    local: r.address(KEYS.local),
    remote: r.address(KEYS.remote),
    netns: r.countOrNull(KEYS.netns),
    inode: r.countOrNull(KEYS.inode),
    pid: r.count(KEYS.pid),
    tid: r.count(KEYS.tid),
    comm: r.text(KEYS.comm),
    fd: r.countOrNull(KEYS.fd),
    seq: r.count(KEYS.seq),
  }),
  shutdown: (r) => ({
    type: "shutdown",
    atUs: r.first(),
    sock: r.id(KEYS.sock),
    local: r.address(KEYS.local),
    remote: r.address(KEYS.remote),
    netns: r.countOrNull(KEYS.netns),
    inode: r.countOrNull(KEYS.inode),
    pid: r.count(KEYS.pid),
    tid: r.count(KEYS.tid),
    comm: r.text(KEYS.comm),
    how: r.oneOf(KEYS.how, SHUT),
    fd: r.countOrNull(KEYS.fd),
    seq: r.count(KEYS.seq),
  }),
  close: (r) => ({
    type: "close",
    atUs: r.first(),
    sock: r.id(KEYS.sock),
    local: r.address(KEYS.local),
    remote: r.address(KEYS.remote),
    netns: r.countOrNull(KEYS.netns),
    inode: r.countOrNull(KEYS.inode),
    pid: r.countOrNull(KEYS.pid),
    tid: r.countOrNull(KEYS.tid),
    comm: r.textOrNull(KEYS.comm),
    how: r.oneOf(KEYS.how, CLOSED),
    fd: r.countOrNull(KEYS.fd),
    exiting: r.flagOrNull(KEYS.exiting),
    seq: r.count(KEYS.seq),
  }),
  path: (r) => ({
    type: "path",
    atUs: r.first(),
    sock: r.id(KEYS.sock),
    local: r.address(KEYS.local),
    remote: r.address(KEYS.remote),
    netns: r.countOrNull(KEYS.netns),
    inode: r.countOrNull(KEYS.inode),
    role: r.oneOf(KEYS.role, ROLES),
    site: r.count(KEYS.site),
    seq: r.count(KEYS.seq),
  }),
};

const BEGIN = Buffer.from('{"type":"');
const TYPES = (Object.keys(DECODERS) as Scanned["type"][]).map((type) => ({
  begin: Buffer.from(`${type}","atUs":`),
  decode: DECODERS[type] as (r: EventValues) => Scanned,
}));

export class EventScanner {
  readonly #values = new EventValues();

  /** The event of a line that lies between these bytes; undefined: it has to go the long way. */
  event(bytes: Buffer, start: number, end: number): Scanned | undefined {
    if (!isAt(bytes, start, BEGIN)) return undefined;
    const at = start + BEGIN.length;
    for (const { begin, decode } of TYPES) {
      if (!isAt(bytes, at, begin)) continue;
      this.#values.begin(bytes, at + begin.length);
      const event = decode(this.#values);
      return this.#values.endsAt(end) ? event : undefined;
    }
    return undefined;
  }
}
