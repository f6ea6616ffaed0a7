/**
 * bpftrace (0.17 to 0.27 at least) prints a byte of 0x80 or above sign-extended, as `\uffffffe6`, which a JSON parser
 * reads as U+FFFF followed by "ffe6". Measured on 0.17, 0.23 and 0.27 with a process named 日本.
 */
const SIGN_EXTENDED = /(?:\uffffff[0-9a-f]{2})+/g;

/** The text with its bytes put back together and read as UTF-8; a byte that is none becomes U+FFFD. */
export function repairText(text: string): string {
  if (!text.includes("\uffff")) return text;
  return text.replace(SIGN_EXTENDED, (run) => {
    const bytes = run.match(/[0-9a-f]{2}(?=\uffff|$)/g) ?? [];
    return Buffer.from(bytes.map((hex) => Number.parseInt(hex, 16))).toString("utf8");
  });
}
