/** One line of a stream → an event, or why it is none. Never throws. */
import type { Event, EventType } from "../model/event.ts";
import { SCHEMA } from "./schema-version.ts";
import { EVENT_SCHEMAS, isEvent, whyNoEvent } from "./specification.ts";

export type Parsed =
  | { readonly kind: "event"; readonly event: Event }
  /** Of a type that a later sockleak knows. */
  | { readonly kind: "unknown"; readonly type: string }
  /** Of a stream with a schema number beyond ours: nothing after it may be believed. */
  | { readonly kind: "newer"; readonly schema: number }
  | { readonly kind: "refused"; readonly why: string };

export function parseLine(line: string): Parsed {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return { kind: "refused", why: "it is not JSON" };
  }
  return parseValue(value);
}

function parseValue(value: unknown): Parsed {
  if (isEvent(value)) return { kind: "event", event: value };
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    return { kind: "refused", why: "it is no JSON object" };
  }
  const { type, schema } = value as { type?: unknown; schema?: unknown };
  if (typeof type !== "string") return { kind: "refused", why: 'it has no "type"' };
  if (type === "recording" && typeof schema === "number" && schema > SCHEMA) return { kind: "newer", schema };
  if (Object.hasOwn(EVENT_SCHEMAS, type)) return { kind: "refused", why: whyNoEvent(value, type as EventType) };
  return hasPlace(value) ? { kind: "unknown", type } : { kind: "refused", why: 'it has no "atUs" and "seq"' };
}

/** What makes something an event, whatever else it says. */
function hasPlace(value: object): boolean {
  const { atUs, seq } = value as { atUs?: unknown; seq?: unknown };
  return Number.isInteger(atUs) && Number.isInteger(seq);
}
