/** A moment that a person names, in the time of a recording. */
import { type Instant, parseInstant } from "../format/parse-instant.ts";

const DAY_MS = 86_400_000;
const CLOCK = /^(\d{1,2}):(\d\d)(?::(\d\d))?$/;

/** As for --at, and "12:00:13": the first such time of day, UTC, after the recording's start. Undefined: it is none. */
export function instantTyped(text: string, startWallMs: number | null): Instant | undefined {
  const clock = CLOCK.exec(text.trim());
  if (clock === null || startWallMs === null) return parseInstant(text.trim());
  const [hours, minutes, seconds] = [Number(clock[1]), Number(clock[2]), Number(clock[3] ?? 0)];
  const ofDayMs = ((hours * 60 + minutes) * 60 + seconds) * 1000;
  const ms = Math.floor(startWallMs / DAY_MS) * DAY_MS + ofDayMs;
  return { from: "wall", ms: ms < Math.floor(startWallMs / 1000) * 1000 ? ms + DAY_MS : ms };
}

type Known = { readonly startUs: number; readonly endUs: number | null; readonly startWallMs: number | null };

/** In microseconds of CLOCK_BOOTTIME; undefined where what it counts from is not known. */
export function usOf(instant: Instant, { startUs, endUs, startWallMs }: Known): number | undefined {
  switch (instant.from) {
    case "boot":
      return instant.us;
    case "start":
      return startUs + instant.ms * 1000;
    case "end":
      return endUs === null ? undefined : endUs - instant.ms * 1000;
    case "wall":
      return startWallMs === null ? undefined : startUs + Math.round((instant.ms - startWallMs) * 1000);
  }
}
