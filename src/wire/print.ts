/** Events as they are printed and recorded: one JSON object a line. */
import type { Event } from "../model/event.ts";

/** U+2028 and U+2029 end a line for some readers, and a lone C1 control can steer a terminal: all are escaped. */
const UNSAFE = /[\u007f-\u009f\u2028\u2029]/g;

/** One line, newline included. Plain ASCII controls are escaped by JSON itself. */
export function printEvent(event: Event): string {
  return `${JSON.stringify(event).replace(UNSAFE, escapeUnit)}\n`;
}

function escapeUnit(unit: string): string {
  return `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`;
}
