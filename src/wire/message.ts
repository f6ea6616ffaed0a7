/** bpftrace's own envelope under `-f json`, 0.17 to 0.27: {"type": …, "data": …}. */
import { decodeRaw, type Raw } from "./raw.ts";
import { Tuple } from "./scan.ts";

export type Message =
  | { readonly kind: "raw"; readonly raw: Raw }
  /** A line of our probes that is decoded when its turn has come. */
  | Tuple
  /** All probes are compiled. Not yet a sign that they are attached: 0.17 says so before it tries kprobes. */
  | { readonly kind: "attached"; readonly probes: number }
  | { readonly kind: "lost"; readonly lost: number | null }
  /** A map of ours that holds one number. */
  | { readonly kind: "counter"; readonly name: string; readonly value: number }
  /** A map of ours that holds one number a key. */
  | { readonly kind: "counts"; readonly name: string; readonly rows: readonly CountRow[] }
  /** Something bpftrace says about itself that may mean a missing event (helper_error, runtime_error). */
  | { readonly kind: "trouble"; readonly text: string }
  /** A message that means nothing to us (a map at exit, a later version's new type). */
  | { readonly kind: "other"; readonly type: string }
  | { readonly kind: "unreadable" };

/** A key, which is one number or more, and its count. */
export type CountRow = { readonly key: readonly number[]; readonly count: number };

const UNREADABLE: Message = { kind: "unreadable" };

/** What a line says, parsed or told from its beginning (scan.ts). Unknown keys and types are let pass; only a broken tuple of ours is unreadable. */
export function decodeMessage(line: unknown): Message {
  if (line instanceof Tuple) return line;
  if (typeof line !== "object" || line === null) return UNREADABLE;
  const { type, data } = line as { type?: unknown; data?: unknown };
  if (typeof type !== "string") return UNREADABLE;
  switch (type) {
    case "value": {
      const raw = decodeRaw(data);
      return raw === undefined ? UNREADABLE : { kind: "raw", raw };
    }
    case "attached_probes":
      return { kind: "attached", probes: countIn(line, "probes") ?? 0 };
    case "lost_events":
      // Who names a `count` counts wrongly: 0.27 said 1 of 4,657 (measured, Linux 7.2).
      return { kind: "lost", lost: "count" in line ? null : countIn(line, "events") };
    case "map":
      return counter(data) ?? counts(data) ?? { kind: "other", type };
    case "helper_error":
      if (isNothing(line)) return { kind: "other", type };
      return { kind: "trouble", text: troubleText(line) };
    case "runtime_error":
    case "error":
      return { kind: "trouble", text: troubleText(line) };
    default:
      return { kind: "other", type };
  }
}

/** {"@opened": 5}, as a number or (0.27, beyond 2^53) as a string. */
function counter(data: unknown): Message | undefined {
  if (typeof data !== "object" || data === null) return undefined;
  const [[name, value] = [], ...more] = Object.entries(data);
  const count = typeof value === "string" ? Number(value) : value;
  if (name === undefined || more.length > 0 || typeof count !== "number" || !Number.isSafeInteger(count))
    return undefined;
  return { kind: "counter", name, value: count };
}

/** {"@opens": {"0,4711": 5, "1,4711": 2}} */
function counts(data: unknown): Message | undefined {
  if (typeof data !== "object" || data === null) return undefined;
  const [[name, entries] = [], ...more] = Object.entries(data);
  if (name === undefined || more.length > 0 || typeof entries !== "object" || entries === null) return undefined;
  const rows = Object.entries(entries).map(([key, count]) => ({
    key: key.split(",").map(Number),
    count: Number(count),
  }));
  const isWhole = ({ key, count }: CountRow) => [...key, count].every(Number.isSafeInteger);
  return rows.every(isWhole) ? { kind: "counts", name, rows } : undefined;
}

/** A count under `data`, as an object's key (to 0.23), beside it as `count`, or data itself (0.27: attached_probes). */
function countIn(line: object, key: string): number | null {
  const { data, count } = line as { data?: unknown; count?: unknown };
  const inside = typeof data === "object" && data !== null ? (data as Record<string, unknown>)[key] : data;
  for (const value of [inside, count]) {
    const number = typeof value === "string" ? Number(value) : value;
    if (typeof number === "number" && Number.isInteger(number) && number >= 0) return number;
  }
  return null;
}

/**
 * A delete that found nothing to delete, -ENOENT, was meant: a call that began before us has left nothing. Told unasked from
 * 0.23 on (measured: one for every socket destroyed).
 */
function isNothing(line: object): boolean {
  const { helper, retcode } = line as { helper?: unknown; retcode?: unknown };
  return helper === "map_delete_elem" && retcode === -2;
}

function troubleText(line: object): string {
  const { msg, helper, data } = line as { msg?: unknown; helper?: unknown; data?: unknown };
  return [helper, msg, data].filter((part) => typeof part === "string").join(": ") || "no text";
}
