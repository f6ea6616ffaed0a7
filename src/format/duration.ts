/**
 * Durations for people. Always rounded down: an age that is shown has passed.
 *
 *   0.3 s   9.9 s   61 s   2 min 5 s   12 min   2 h 4 min   2 d 4 h
 */
const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** From here on seconds are noise beside minutes. */
const MINUTES_ALONE_FROM = 10 * MINUTE;
/** Below it "61 s" reads better than "1 min 1 s", and is the threshold most people think of. */
const SECONDS_ALONE_UNTIL = 2 * MINUTE;

export function formatDuration(ms: number): string {
  if (!Number.isFinite(ms)) return "?";
  if (ms < 0) return "0.0 s";
  if (ms < 10 * SECOND) return `${(Math.floor(ms / 100) / 10).toFixed(1)} s`;
  if (ms < SECONDS_ALONE_UNTIL) return `${Math.floor(ms / SECOND)} s`;
  if (ms < MINUTES_ALONE_FROM) return two(ms, [MINUTE, "min"], [SECOND, "s"]);
  if (ms < HOUR) return `${Math.floor(ms / MINUTE)} min`;
  if (ms < DAY) return two(ms, [HOUR, "h"], [MINUTE, "min"]);
  return two(ms, [DAY, "d"], [HOUR, "h"]);
}

/** The same in at most 6 columns, for tables, up to 999 days: "0.3s", "9m59s", "23h59m", "2d4h". */
export function formatShortDuration(ms: number): string {
  return formatDuration(ms).replaceAll("min", "m").replaceAll(" ", "");
}

type Unit = readonly [ms: number, name: string];

function two(ms: number, [large, largeName]: Unit, [small, smallName]: Unit): string {
  const rest = Math.floor((ms % large) / small);
  const whole = `${Math.floor(ms / large)} ${largeName}`;
  return rest === 0 ? whole : `${whole} ${rest} ${smallName}`;
}
