/**
 * What the probes print, one tuple a line (probes/full-tracepoint.bt and lean-tracepoint.bt document them), decoded and checked.
 * Nothing here knows bpftrace's envelope (wire/message.ts) or which life a kernel address stands for (source/lives.ts).
 */
import { stateOf, type TcpState } from "../model/state.ts";
import { repairText } from "./text.ts";

/** The fields of each tuple after its tag, in order: the wire specification, compared with the probes' headers by a test. */
export const RAW_FIELDS = {
  state: ["cpu", "ns", "sk", "from", "to", "lport", "rport", "netns", "inode", "local", "remote"],
  connect: ["cpu", "ns", "sk", "fd", "inode", "pid", "tid", "comm"],
  accept: ["cpu", "ns", "sk", "fd", "inode", "pid", "tid", "learned", "comm"],
  read: ["cpu", "ns", "sk", "pid", "tid", "comm"],
  shutdown: ["cpu", "ns", "sk", "how", "pid", "tid", "comm"],
  close: ["cpu", "ns", "sk", "how", "pid", "tid", "flags", "comm"],
  destroy: ["cpu", "ns", "sk", "pid", "tid", "flags", "comm"],
  opened: ["cpu", "ns", "sk", "at", "pid", "tid", "fd", "learned", "born", "comm"],
  suspect: [
    "cpu",
    "ns",
    "sk",
    "pushed",
    "since",
    "from",
    "lport",
    "rport",
    "netns",
    "inode",
    "nxt",
    "copied",
    "local",
    "remote",
  ],
  path: ["cpu", "ns", "sk", "role", "site"],
  frame: ["cpu", "ns", "site", "at", "address"],
  word: ["cpu", "ns", "site", "at", "address"],
  site: ["cpu", "ns", "site", "pid", "did", "frames", "words", "ip"],
  closer: ["cpu", "ns", "pid"],
  listens: ["cpu", "ns", "pid", "netns", "port"],
  exits: ["cpu", "ns", "pid", "final"],
  pulse: ["cpu", "ns"],
  beat: ["cpu", "ns"],
} as const;

export type RawTag = keyof typeof RAW_FIELDS;

type TextField = "local" | "remote" | "comm";
type FieldOf<T extends RawTag, F> = F extends TextField ? string : T extends "state" ? StateField<F> : number;
type StateField<F> = F extends "from" | "to" ? TcpState : number;
export type Raw = {
  [T in RawTag]: { readonly tag: T } & { readonly [F in (typeof RAW_FIELDS)[T][number]]: FieldOf<T, F> };
}[RawTag];
export type RawState = Extract<Raw, { tag: "state" }>;

export type RawBeat = Extract<Raw, { tag: "beat" }>;

/** Their `sk` is a kernel address as a signed 64-bit number, exact in a double (64-byte aligned). */
export type RawOfSocket = Exclude<
  Raw,
  { tag: "beat" | "pulse" | "closer" | "frame" | "word" | "site" | "listens" | "exits" }
>;

/** One tuple's fields, asked for by their places, in order. */
export type Fields = {
  readonly int: (at: number) => number;
  readonly text: (at: number) => string;
  readonly state: (at: number) => TcpState;
  /** Any was not of its kind. */
  readonly broken: boolean;
};

const INTEGER = /^-?\d{1,20}$/;

/** Those of a parsed line. */
class ParsedFields implements Fields {
  broken = false;
  readonly #data: readonly unknown[];

  constructor(data: readonly unknown[]) {
    this.#data = data;
  }

  /** Newer versions print some 64-bit values as strings (bpftrace 0.27). */
  int(at: number): number {
    const value = this.#data[at];
    if (typeof value === "number" && Number.isInteger(value)) return value;
    if (typeof value === "string" && INTEGER.test(value)) return Number(value);
    this.broken = true;
    return 0;
  }

  text(at: number): string {
    const value = this.#data[at];
    if (typeof value === "string") return repairText(value);
    this.broken = true;
    return "";
  }

  state(at: number): TcpState {
    const state = stateOf(this.int(at));
    if (state !== undefined) return state;
    this.broken = true;
    return "CLOSE";
  }
}

/** One a tag, each field spelled out: a spread makes objects that are slow to make and to read, a hundred thousand times a second. */
export const DECODERS: { readonly [T in RawTag]: (r: Fields) => Extract<Raw, { tag: T }> } = {
  state: (r) => ({
    tag: "state",
    cpu: r.int(1),
    ns: r.int(2),
    sk: r.int(3),
    from: r.state(4),
    to: r.state(5),
    lport: r.int(6),
    rport: r.int(7),
    netns: r.int(8),
    inode: r.int(9),
    local: r.text(10),
    remote: r.text(11),
  }),
  connect: (r) => ({
    tag: "connect",
    cpu: r.int(1),
    ns: r.int(2),
    sk: r.int(3),
    fd: r.int(4),
    inode: r.int(5),
    pid: r.int(6),
    tid: r.int(7),
    comm: r.text(8),
  }),
  accept: (r) => ({
    tag: "accept",
    cpu: r.int(1),
    ns: r.int(2),
    sk: r.int(3),
    fd: r.int(4),
    inode: r.int(5),
    pid: r.int(6),
    tid: r.int(7),
    learned: r.int(8),
    comm: r.text(9),
  }),
  read: (r) => ({
    tag: "read",
    cpu: r.int(1),
    ns: r.int(2),
    sk: r.int(3),
    pid: r.int(4),
    tid: r.int(5),
    comm: r.text(6),
  }),
  shutdown: (r) => ({
    tag: "shutdown",
    cpu: r.int(1),
    ns: r.int(2),
    sk: r.int(3),
    how: r.int(4),
    pid: r.int(5),
    tid: r.int(6),
    comm: r.text(7),
  }),
  close: (r) => ({
    tag: "close",
    cpu: r.int(1),
    ns: r.int(2),
    sk: r.int(3),
    how: r.int(4),
    pid: r.int(5),
    tid: r.int(6),
    flags: r.int(7),
    comm: r.text(8),
  }),
  destroy: (r) => ({
    tag: "destroy",
    cpu: r.int(1),
    ns: r.int(2),
    sk: r.int(3),
    pid: r.int(4),
    tid: r.int(5),
    flags: r.int(6),
    comm: r.text(7),
  }),
  opened: (r) => ({
    tag: "opened",
    cpu: r.int(1),
    ns: r.int(2),
    sk: r.int(3),
    at: r.int(4),
    pid: r.int(5),
    tid: r.int(6),
    fd: r.int(7),
    learned: r.int(8),
    born: r.int(9),
    comm: r.text(10),
  }),
  suspect: (r) => ({
    tag: "suspect",
    cpu: r.int(1),
    ns: r.int(2),
    sk: r.int(3),
    pushed: r.int(4),
    since: r.int(5),
    from: r.int(6),
    lport: hostOrder(r.int(7)),
    rport: hostOrder(r.int(8)),
    netns: r.int(9),
    inode: r.int(10),
    nxt: r.int(11),
    copied: r.int(12),
    local: r.text(13),
    remote: r.text(14),
  }),
  path: (r) => ({ tag: "path", cpu: r.int(1), ns: r.int(2), sk: r.int(3), role: r.int(4), site: r.int(5) }),
  frame: (r) => ({ tag: "frame", cpu: r.int(1), ns: r.int(2), site: r.int(3), at: r.int(4), address: r.int(5) }),
  word: (r) => ({ tag: "word", cpu: r.int(1), ns: r.int(2), site: r.int(3), at: r.int(4), address: r.int(5) }),
  site: (r) => ({
    tag: "site",
    cpu: r.int(1),
    ns: r.int(2),
    site: r.int(3),
    pid: r.int(4),
    did: r.int(5),
    frames: r.int(6),
    words: r.int(7),
    ip: r.int(8),
  }),
  closer: (r) => ({ tag: "closer", cpu: r.int(1), ns: r.int(2), pid: r.int(3) }),
  listens: (r) => ({ tag: "listens", cpu: r.int(1), ns: r.int(2), pid: r.int(3), netns: r.int(4), port: r.int(5) }),
  exits: (r) => ({ tag: "exits", cpu: r.int(1), ns: r.int(2), pid: r.int(3), final: r.int(4) }),
  pulse: (r) => ({ tag: "pulse", cpu: r.int(1), ns: r.int(2) }),
  beat: (r) => ({ tag: "beat", cpu: r.int(1), ns: r.int(2) }),
};

/** Of a port as it is in the socket. */
function hostOrder(port: number): number {
  return ((port & 0xff) << 8) | ((port >> 8) & 0xff);
}

/** A tuple decoded, or undefined when it is none of ours. Never throws. */
export function decodeRaw(data: unknown): Raw | undefined {
  if (!Array.isArray(data)) return undefined;
  const tag: unknown = data[0];
  if (typeof tag !== "string" || !Object.hasOwn(RAW_FIELDS, tag)) return undefined;
  // What a map holds of a socket is a tuple within the tuple.
  const values: readonly unknown[] = tag === "opened" ? data.flat() : data;
  if (values.length !== RAW_FIELDS[tag as RawTag].length + 1) return undefined;
  const fields = new ParsedFields(values);
  const raw = DECODERS[tag as RawTag](fields);
  return fields.broken ? undefined : raw;
}
