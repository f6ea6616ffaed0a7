/** How far a recording is: a line that a terminal shows again and again, or a JSON object a minute for logs. Pure. */
import { formatBytes } from "../format/bytes.ts";
import { formatCount } from "../format/count.ts";
import { formatDuration } from "../format/duration.ts";
import { safeJson } from "../format/safe-json.ts";
import { safeText } from "../format/safe-text.ts";
import type { Totals } from "./recorder.ts";

export type Progress = Totals & {
  readonly ranMs: number;
  /** Since the last time this was asked. */
  readonly perSecond: number;
};

const FILE_COLUMNS = 48;

export function progressLine({ file, ranMs, events, perSecond, bytes, lost, unwritten }: Progress): string {
  const missing = unwritten === 0 ? "" : `, ${formatCount(unwritten)} not written`;
  const what = `${formatCount(events)} events, ${formatCount(perSecond)}/s, ${formatBytes(bytes)}`;
  return `${safeText(file, FILE_COLUMNS)}: ${formatDuration(ranMs)}, ${what}, lost ${formatCount(lost)}${missing}`;
}

export function progressJson({ ranMs, perSecond, ...totals }: Progress): string {
  return safeJson({ recording: { ranMs: Math.round(ranMs), perSecond: Math.round(perSecond), ...totals } });
}

const BAR_COLUMNS = 30;

/** "reading [#####     ] 41%, 12 s left" */
export function readingLine(
  { bytes, bytesRead }: { readonly bytes: number | null; readonly bytesRead: number },
  ranMs: number,
): string {
  if (bytes === null || bytes === 0) return `reading: ${formatBytes(bytesRead)}`;
  const part = Math.min(1, bytesRead / bytes);
  const left = part === 0 ? "" : `, ${formatDuration((ranMs * (1 - part)) / part)} left`;
  return `reading [${"#".repeat(Math.floor(part * BAR_COLUMNS)).padEnd(BAR_COLUMNS)}] ${Math.floor(part * 100)}%${left}`;
}
