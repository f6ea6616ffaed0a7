/** An event without what its specification does not name: a redaction can answer for nothing else. */
import { Clean } from "@sinclair/typebox/value";
import type { Event } from "../model/event.ts";
import { EVENT_SCHEMAS } from "./specification.ts";

/** Changes the event itself. */
export function withKnownKeys(event: Event): Event {
  return Clean(EVENT_SCHEMAS[event.type], event) as Event;
}
