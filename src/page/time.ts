/** Times of the page: seconds since its beginning, shown as wall clock (UTC) where the recording tells it. */
import { formatDuration } from "../format/duration.ts";
import type { PageData } from "../report/html/page-data.ts";

export type Span = { readonly from: number; readonly to: number };

export function wholeSpan({ seconds }: PageData): Span {
  return { from: 0, to: Math.max(1, seconds) };
}

const DAY_SECONDS = 86_400;

/** "12:00:13"; of what lasts longer than a day, "11-27 12:00". */
export function timeText({ fromWallMs, seconds }: PageData, at: number): string {
  if (fromWallMs === null) return `+${at.toFixed(1)} s`;
  const date = new Date(fromWallMs + at * 1000);
  if (Number.isNaN(date.getTime())) return "?";
  return seconds > DAY_SECONDS ? date.toISOString().slice(5, 16).replace("T", " ") : date.toISOString().slice(11, 19);
}

export function lengthText(seconds: number): string {
  return formatDuration(seconds * 1000);
}
