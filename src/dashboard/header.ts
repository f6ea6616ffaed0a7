/** The top of the screen: where we are, what is wrong with the view itself, and the verdict. */
import type { Analysis } from "../analysis/finding.ts";
import { wrap } from "../format/columns.ts";
import { formatCount } from "../format/count.ts";
import { formatDuration } from "../format/duration.ts";
import { sparkline, thin } from "../format/sparkline.ts";
import type { Snapshot } from "../model/snapshot.ts";
import { STATE_NAMES } from "../model/state.ts";
import { ascii, type Cell, cell, type Line, type Style } from "./cells.ts";
import type { Timeline } from "./replay.ts";
import type { State } from "./state.ts";

export type Shown = {
  readonly snapshot: Snapshot;
  readonly analysis: Analysis;
  readonly status: string | null;
  /** Whose last use of sockets is walked, by a key; `why`: nothing is told (yet). */
  readonly lastUse?: { readonly pid: number; readonly why: string | null } | null;
  /** Where in a recording that is; not there: it is live. */
  readonly timeline?: Timeline;
};

const HOST_COLUMNS = 24;
/** Over how many of the latest points the event rate is taken: one would flicker. */
const RATE_POINTS = 3;

export function titleLine({ snapshot, lastUse }: Shown, { paused }: State): Line {
  const { recording, attachment, mode } = snapshot;
  const host = recording === null ? [] : [cell(`  ${ascii(recording.host, HOST_COLUMNS)}`)];
  const how = attachment === null ? "not attached" : attachment === "census" ? "census only" : `${attachment}, ${mode}`;
  const watched = `watched ${formatDuration((snapshot.atUs - snapshot.sinceUs) / 1_000)}`;
  const rate = `${formatCount(eventRate(snapshot))} events/s`;
  return [
    ...pausedCell(paused),
    cell("sockleak", "title"),
    ...host,
    cell(`  ${how}  ${watched}  ${rate}`),
    ...useCell(lastUse),
  ];
}

function useCell(lastUse: Shown["lastUse"]): Cell[] {
  if (lastUse == null) return [];
  const why = lastUse.why === null ? "" : `: ${ascii(lastUse.why)}`;
  return [cell("  "), cell(`last use of ${lastUse.pid}${why} (u stops)`, "title")];
}

/** In front: what is cut off on a narrow terminal must not be this. */
function pausedCell(paused: boolean): Cell[] {
  return paused ? [cell("PAUSED (p goes on)", "chosen"), cell("  ")] : [];
}

function eventRate({ series }: Snapshot): number {
  const last = series.at(-1);
  const from = series.at(-1 - RATE_POINTS) ?? series[0];
  if (last === undefined || from === undefined || last.atUs <= from.atUs) return 0;
  const events = series.slice(series.indexOf(from) + 1).reduce((sum, point) => sum + point.events, 0);
  return events / ((last.atUs - from.atUs) / 1e6);
}

/** One loud line for each thing that makes the picture less than whole. */
export function alarmLines({ snapshot, status }: Shown): Line[] {
  const { gaps, ended, atUs } = snapshot;
  const lines: string[] = [];
  if (status !== null) lines.push(ascii(status));
  if (ended !== null) lines.push(`ENDED: ${ascii(ended)}`);
  if (gaps.count > 0) {
    const last =
      gaps.last === null ? "" : `; ${formatDuration((atUs - gaps.last.atUs) / 1_000)} ago: ${ascii(gaps.last.text)}`;
    lines.push(`${lossText(snapshot)}${last}`);
  }
  return lines.map((text) => [cell(text, "alarm")]);
}

export function lossText({ gaps }: Snapshot): string {
  const uncounted = gaps.unknown === 0 ? "" : ` (${formatCount(gaps.unknown)} of unknown size)`;
  if (gaps.lost === 0) return `${plural(gaps.count, "gap")}${uncounted}`;
  return `LOST ${plural(gaps.lost, "event")} in ${plural(gaps.count, "gap")}${uncounted}`;
}

function plural(n: number, noun: string): string {
  return `${formatCount(n)} ${noun}${n === 1 ? "" : "s"}`;
}

const VERDICT_STYLE = { leak: "alarm", suspect: "title", clean: "good", unknown: "title" } as const;

export function verdictLines({ analysis }: Shown, { columns, rows }: { columns: number; rows: number }): Line[] {
  const style: Style = VERDICT_STYLE[analysis.verdict];
  const lines = wrap(ascii(analysis.text), columns);
  const kept = lines.length <= rows ? lines : [...lines.slice(0, rows - 1), ascii(lines.slice(rows - 1).join(" "))];
  return kept.map((text) => [cell(text, style)]);
}

export function historyTitle({ snapshot: { series, byState }, analysis: { oldestCloseWaitMs } }: Shown): string {
  const now = formatCount(byState.CLOSE_WAIT ?? 0);
  const oldest = oldestCloseWaitMs === null ? "" : `, oldest ${formatDuration(oldestCloseWaitMs)}`;
  return `CLOSE_WAIT ${now}${oldest}${series.length < 2 ? "" : `, over ${formatDuration(seriesMs(series))}`}`;
}

export function seriesMs(series: Snapshot["series"]): number {
  return ((series.at(-1)?.atUs ?? 0) - (series[0]?.atUs ?? 0)) / 1_000;
}

/** The history in one line of text. */
export function historyLine(shown: Shown, columns: number, asciiOnly: boolean): Line {
  const title = `${historyTitle(shown)}: `;
  const values = shown.snapshot.series.map(({ closeWait }) => closeWait);
  const room = Math.max(0, columns - title.length - 2);
  return [cell(title), cell("["), cell(sparkline(thin(values, room), room, { ascii: asciiOnly }), "alarm"), cell("]")];
}

/** The books, then the states; one line where both fit. */
export function totalsLines({ snapshot, analysis }: Shown, columns: number): Line[] {
  const { books, byState, listeners } = snapshot;
  const count = (name: string, n: number) => `${name} ${formatCount(n)}`;
  const late = analysis.suspects.reduce((sum, { retracted }) => sum + (retracted?.count ?? 0), 0);
  const retracted = late === 0 ? [] : [count("suspects that closed", late)];
  const lost = books.lost === 0 ? [] : [count("end not seen", books.lost)];
  const standing = books.standing === 0 ? [] : [count("there before", books.standing)];
  const first = [
    count("opened", books.opened),
    ...standing,
    count("closed", books.closed),
    count("live", books.live),
    ...lost,
    ...retracted,
  ];
  const second = STATE_NAMES.filter((state) => (byState[state] ?? 0) > 0).map((state) =>
    count(state, byState[state] ?? 0),
  );
  const ours = [...first, count("listeners", listeners)].join("  ");
  const states = second.join("  ");
  if (ours.length + 4 + states.length <= columns) return [[cell(`${ours}    ${states}`)]];
  return [[cell(ours)], ...(states === "" ? [] : [[cell(states)]])];
}
