/** Events as they are printed and recorded: one JSON object a line. */
import { safeJson } from "../format/safe-json.ts";
import type { Event } from "../model/event.ts";

/** One line, newline included. */
export function printEvent(event: Event): string {
  return `${safeJson(event)}\n`;
}
