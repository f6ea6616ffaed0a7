/** A moment of a recording, as a person names it. */
import { parseDuration } from "./parse-duration.ts";

export type Instant =
  /** After the first event. */
  | { readonly from: "start"; readonly ms: number }
  /** Before the last one. */
  | { readonly from: "end"; readonly ms: number }
  /** Milliseconds since 1970. */
  | { readonly from: "wall"; readonly ms: number }
  /** Microseconds of CLOCK_BOOTTIME, as the events have them. */
  | { readonly from: "boot"; readonly us: number };

const ISO = /^\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:\.\d{1,6})?)?(?:Z|[+-]\d\d:?\d\d)?$/;

/** "+5m", "-30s", "2026-11-27T00:36:32Z" (UTC where no zone is given), "847070000us"; undefined for anything else. */
export function parseInstant(text: string): Instant | undefined {
  if (/^\d+us$/.test(text)) return { from: "boot", us: Number(text.slice(0, -2)) };
  const relative = /^([+-])(.+)$/.exec(text);
  if (relative !== null) {
    const ms = parseDuration(relative[2] ?? "");
    if (ms === undefined) return undefined;
    return { from: relative[1] === "+" ? "start" : "end", ms };
  }
  if (!ISO.test(text)) return undefined;
  const ms = Date.parse(/(?:Z|[+-]\d\d:?\d\d)$/.test(text) ? text.replace(" ", "T") : `${text.replace(" ", "T")}Z`);
  return Number.isNaN(ms) ? undefined : { from: "wall", ms };
}
