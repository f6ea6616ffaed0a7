import { formatCount } from "./count.ts";

/** "71/h"; below one an hour "7/d", and below one a day "less than 1/d". Falling: "-71/h". */
export function formatRate(perHour: number): string {
  if (!Number.isFinite(perHour)) return "?";
  const sign = perHour < 0 ? "-" : "";
  const size = Math.abs(perHour);
  if (Math.round(size) >= 1) return `${sign}${formatCount(size)}/h`;
  const perDay = Math.round(size * 24);
  if (perDay >= 1) return `${sign}${perDay}/d`;
  return size === 0 ? "0/h" : "less than 1/d";
}
