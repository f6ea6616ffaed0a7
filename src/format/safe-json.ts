/** U+2028 and U+2029 end a line for some readers, and a C1 control can steer a terminal: all are escaped. */
const UNSAFE = /[\u007f-\u009f\u2028\u2029]/g;

/** JSON that is harmless where it is printed. Plain ASCII controls are escaped by JSON itself. */
export function safeJson(value: unknown, indent = 0): string {
  return JSON.stringify(value, null, indent).replace(UNSAFE, escapeUnit);
}

function escapeUnit(unit: string): string {
  return `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`;
}
