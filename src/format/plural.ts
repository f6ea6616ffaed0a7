import { formatCount } from "./count.ts";

/** "1 socket", "6,021 sockets", "2 processes". */
export function plural(n: number, noun: string): string {
  if (n === 1) return `1 ${noun}`;
  return `${formatCount(n)} ${noun}${/(s|x|ch|sh)$/.test(noun) ? "es" : "s"}`;
}
