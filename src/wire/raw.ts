/**
 * What the probes print, one tuple a line (probes/full-tracepoint.bt documents them), decoded and checked.
 * Nothing here knows bpftrace's envelope (wire/message.ts) or which life a kernel address stands for (source/lives.ts).
 */
import { type TcpState, stateOf } from "../model/state.ts";
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
  beat: ["cpu", "ns"],
} as const;

export type RawTag = keyof typeof RAW_FIELDS;

type TextField = "local" | "remote" | "comm";
type Fields<T extends RawTag> = {
  readonly [F in (typeof RAW_FIELDS)[T][number]]: F extends TextField ? string : number;
};
export type RawState = { readonly tag: "state"; readonly fromState: TcpState; readonly toState: TcpState } & Fields<"state">;
export type Raw =
  | RawState
  | { [T in Exclude<RawTag, "state">]: { readonly tag: T } & Fields<T> }[Exclude<RawTag, "state">];

/** `sk` of every tuple but the heartbeat is a kernel address as a signed 64-bit number, exact in a double (64-byte aligned). */
export type RawOfSocket = Exclude<Raw, { tag: "beat" }>;

const TEXT_FIELDS: ReadonlySet<string> = new Set<TextField>(["local", "remote", "comm"]);
const INTEGER = /^-?\d{1,20}$/;

/** A tuple decoded, or undefined when it is none of ours. Never throws. */
export function decodeRaw(data: unknown): Raw | undefined {
  if (!Array.isArray(data)) return undefined;
  const tag: unknown = data[0];
  if (typeof tag !== "string" || !Object.hasOwn(RAW_FIELDS, tag)) return undefined;
  const names: readonly string[] = RAW_FIELDS[tag as RawTag];
  if (data.length !== names.length + 1) return undefined;
  const record: Record<string, unknown> = { tag };
  for (let i = 0; i < names.length; i++) {
    const name = names[i] as string;
    const value = TEXT_FIELDS.has(name) ? textOf(data[i + 1]) : integerOf(data[i + 1]);
    if (value === undefined) return undefined;
    record[name] = value;
  }
  return tag === "state" ? withStates(record) : (record as Raw);
}

function withStates(record: Record<string, unknown>): Raw | undefined {
  const fromState = stateOf(record["from"] as number);
  const toState = stateOf(record["to"] as number);
  if (fromState === undefined || toState === undefined) return undefined;
  return { ...record, fromState, toState } as RawState;
}

/** Newer versions print some 64-bit values as strings (bpftrace 0.27). */
function integerOf(value: unknown): number | undefined {
  const number = typeof value === "string" && INTEGER.test(value) ? Number(value) : value;
  return typeof number === "number" && Number.isInteger(number) ? number : undefined;
}

function textOf(value: unknown): string | undefined {
  return typeof value === "string" ? repairText(value) : undefined;
}
