/**
 * JSON that is harmless where it is printed: C1 controls and DEL can steer a terminal, format characters turn text around or hide
 * it, and U+2028 and U+2029 end a line for some readers. They are escaped; plain ASCII controls JSON escapes itself.
 */
const UNSAFE = /[\u007f-\u009f\u2028\u2029]|\p{Cf}/gu;
/** Nearly all that is ever printed. */
const PLAIN = /^[ -~]*$/;

export function safeJson(value: unknown, indent = 0): string {
  const text = JSON.stringify(value, null, indent);
  return PLAIN.test(text) ? text : text.replace(UNSAFE, escapeUnits);
}

/** Beyond U+FFFF two of them make a character. */
function escapeUnits(char: string): string {
  return char
    .split("")
    .map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`)
    .join("");
}
