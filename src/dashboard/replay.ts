/** The time line of a recording: where we are in it, how fast we go, and what lies ahead: the leak's curve, marks, gaps. */
import { formatDuration } from "../format/duration.ts";
import { sparkline } from "../format/sparkline.ts";
import { type Cell, cell, type Line } from "./cells.ts";

export type Timeline = {
  readonly fromUs: number;
  /** Null: not known yet, or it still grows. */
  readonly toUs: number | null;
  /** It comes by a pipe: nobody can know what lies ahead. */
  readonly comes: boolean;
  readonly atUs: number;
  /** "12:00:13 UTC"; null: the recording does not tell. */
  readonly wall: string | null;
  readonly speed: number;
  readonly paused: boolean;
  readonly seeking: boolean;
  readonly ended: boolean;
  /** Unclosed sockets over the whole. */
  readonly curve: readonly { readonly atUs: number; readonly count: number }[];
  readonly marksUs: readonly number[];
  readonly gapsUs: readonly number[];
  readonly firstLeakUs: number | null;
  /** What is being typed: a time to go to; null: nothing. */
  readonly typed: string | null;
};

/** Three lines, whatever is known. */
export function timelineLines(timeline: Timeline, columns: number, ascii: boolean): readonly Line[] {
  return [stateLine(timeline), curveLine(timeline, columns, ascii), notesLine(timeline, columns)];
}

function stateLine({ fromUs, toUs, atUs, wall, speed, paused, seeking, ended, typed }: Timeline): Line {
  if (typed !== null)
    return [cell("go to: ", "title"), cell(`${typed}_`, "chosen"), cell("  +5m, -30s or 12:00:13; Enter, Esc", "dim")];
  const state = seeking ? "SEEKING" : paused ? "PAUSED (p goes on)" : ended ? "AT THE END" : speedText(speed);
  const length = toUs === null ? "" : ` of ${formatDuration((toUs - fromUs) / 1000)}`;
  const where = `  +${formatDuration((atUs - fromUs) / 1000)}${length}${wall === null ? "" : `  ${wall}`}`;
  return [cell("replay ", "title"), cell(state, paused || seeking || ended ? "chosen" : "plain"), cell(where)];
}

function speedText(speed: number): string {
  return Number.isFinite(speed) ? `x${Number(speed.toPrecision(3))}` : "as fast as possible";
}

/** The instant that is shown is the bright one. */
function curveLine({ fromUs, toUs, atUs, curve, comes }: Timeline, columns: number, ascii: boolean): Line {
  const room = columns - 2;
  if (toUs === null || toUs <= fromUs) return [cell(comes ? "as it comes" : "reading what lies ahead", "dim")];
  const place = (us: number) => Math.max(0, Math.min(room - 1, Math.floor(((us - fromUs) / (toUs - fromUs)) * room)));
  const counts = new Array<number>(room).fill(0);
  for (const { atUs: us, count } of curve) counts[place(us)] = Math.max(counts[place(us)] ?? 0, count);
  const line = sparkline(filled(counts, curve, place), room, { ascii });
  const at = place(atUs);
  const now: Cell = cell(line[at] === " " ? (ascii ? "|" : "▁") : (line[at] ?? " "), "chosen");
  return [cell("["), cell(line.slice(0, at), "alarm"), now, cell(line.slice(at + 1), "dim"), cell("]")];
}

/** Where no point falls, what was before still stands. */
function filled(counts: readonly number[], curve: Timeline["curve"], place: (us: number) => number): number[] {
  const known = new Set(curve.map(({ atUs }) => place(atUs)));
  let last = 0;
  return counts.map((count, index) => {
    if (known.has(index)) last = count;
    return last;
  });
}

function notesLine({ fromUs, toUs, marksUs, gapsUs, firstLeakUs }: Timeline, columns: number): Line {
  if (toUs === null || toUs <= fromUs) return [];
  const room = columns - 2;
  const signs = new Array<string>(room).fill(" ");
  const put = (us: number, sign: string) => {
    signs[Math.max(0, Math.min(room - 1, Math.floor(((us - fromUs) / (toUs - fromUs)) * room)))] = sign;
  };
  for (const us of marksUs) put(us, "m");
  for (const us of gapsUs) put(us, "!");
  if (firstLeakUs !== null) put(firstLeakUs, "L");
  return [cell(` ${signs.join("")}`, "title")];
}
