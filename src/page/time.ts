/** Times of the page: seconds since its beginning, shown as wall clock (UTC) where the recording tells it. */
import { formatDuration } from "../format/duration.ts";
import type { PageData } from "../report/html/page-data.ts";

export type Span = { readonly from: number; readonly to: number };

export function wholeSpan({ seconds }: PageData): Span {
  return { from: 0, to: Math.max(1, seconds) };
}

export function timeText({ fromWallMs }: PageData, at: number): string {
  if (fromWallMs === null) return `+${at.toFixed(1)} s`;
  const date = new Date(fromWallMs + at * 1000);
  return Number.isNaN(date.getTime()) ? "?" : date.toISOString().slice(11, 19);
}

export function lengthText(seconds: number): string {
  return formatDuration(seconds * 1000);
}
