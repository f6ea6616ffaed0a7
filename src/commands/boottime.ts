/** The kernel's clock of the stream, CLOCK_BOOTTIME, which Node does not offer: /proc/uptime has it, to 10 ms. */
import { readFileSync } from "node:fs";

/** Microseconds since boot, suspended time included (proc(5)). */
export function boottimeUs(): number {
  const seconds = readFileSync("/proc/uptime", "utf8").split(" ")[0];
  return Math.round(Number(seconds) * 1e6);
}
