/** The kernel's clock of the stream, CLOCK_BOOTTIME, which Node does not offer: /proc/uptime has it, to 10 ms. */
import { readFileSync } from "node:fs";

/** Microseconds since boot, suspended time included (proc(5)). */
export function boottimeUs(): number {
  const seconds = readFileSync("/proc/uptime", "utf8").split(" ")[0];
  return Math.round(Number(seconds) * 1e6);
}

/** Reading it again after this long bounds what a suspended machine may shift it by. */
const CALIBRATE_MS = 1_000;

/** Nanoseconds since boot, for who asks thousands of times a second. */
export function bootClock(): () => number {
  let readMs = Number.NEGATIVE_INFINITY;
  let readNs = 0;
  return () => {
    const nowMs = performance.now();
    if (nowMs - readMs > CALIBRATE_MS) {
      readMs = nowMs;
      readNs = boottimeUs() * 1_000;
    }
    return readNs + (nowMs - readMs) * 1e6;
  };
}

/** Further apart, and they were not read at one moment: others had the CPU between. */
const ONE_MOMENT_US = 50_000;

/** The three clocks at one moment. */
export type Clocks = {
  /** CLOCK_BOOTTIME. */
  readonly bootUs: number;
  /** CLOCK_MONOTONIC, which stands still while the machine is suspended (clock_gettime(2)). */
  readonly awakeMs: number;
  /** CLOCK_REALTIME, which is set. */
  readonly wallMs: number;
};

/** Null: something came between. */
export function readClocks(): Clocks | null {
  const bootUs = boottimeUs();
  const clocks = { bootUs, awakeMs: performance.now(), wallMs: Date.now() };
  return boottimeUs() - bootUs > ONE_MOMENT_US ? null : clocks;
}
