/**
 * The table of processes. Left of each row two marks that need no colour: ">" chosen, "!" has never closed anything.
 *
 *     PID COMM      vLEAKED SUSPECT CLOSE_WAIT  LIVE OLDEST GROWTH/h KIND         TOWARDS
 *   >! 4121 python3        23       0         23    35    61s      +71 eof-ignored  10.0.3.4:443 23
 */
import type { Suspect } from "../analysis/finding.ts";
import { ANY_PORT } from "../analysis/peers.ts";
import { formatAddress } from "../format/address.ts";
import { fitCount } from "../format/count.ts";
import { formatShortDuration } from "../format/duration.ts";
import { ageText, ascii, type Cell, cell, firstVisible, fixed, type Line, type Style } from "./cells.ts";
import { rowOf, type Sort, type State } from "./state.ts";

const MARKS = 2;
const NO_PROCESS = "no process known";

type Column = {
  readonly sort: Sort | null;
  readonly title: string;
  readonly width: number;
  readonly align: "left" | "right";
  readonly text: (suspect: Suspect, width: number) => string;
};

const FIXED = {
  leaked: counted("leaked", "LEAKED", (s) => s.leaked),
  suspect: counted("suspect", "SUSPECT", (s) => s.suspects),
  closeWait: counted("closeWait", "CLOSE_WAIT", (s) => s.closeWait),
  live: { ...counted("live", "LIVE", (s) => s.live), width: 5 },
  oldest: { ...right("oldest", "OLDEST", (s) => (s.oldest === null ? "-" : ageText(s.oldest))), width: 7 },
  growth: right("growth", "GROWTH/h", growthText),
  fds: { ...right(null, "FDS", fdsText), width: 11 },
  full: right("full", "FULL IN", (s) =>
    s.fds?.exhaustedInMs == null ? "-" : formatShortDuration(s.fds.exhaustedInMs),
  ),
} as const;

/** What goes first when the terminal is narrow. */
const DISPENSABLE: readonly (keyof typeof FIXED)[] = ["fds", "suspect", "live", "full", "growth"];
const COMM = { min: 10, max: 16 };
const KIND = { min: 14, max: 30 };
const TOWARDS_MIN = 20;

export type Table = { readonly suspects: readonly Suspect[]; readonly columns: number; readonly rows: number };

/** Header and visible rows. */
export function processTable({ suspects, columns, rows }: Table, state: State): Line[] {
  const layout = columnsFor(suspects, columns);
  const chosen = rowOf(
    state.pid,
    state.row,
    suspects.map(({ pid }) => pid),
  );
  const first = firstVisible(chosen, rows, suspects.length);
  const shown = suspects.slice(first, first + rows);
  return [
    header(layout, state),
    ...shown.map((suspect, i) => row(suspect, layout, first + i === chosen ? state.focus : null)),
  ];
}

export function sortSuspects(suspects: readonly Suspect[], { sort, reversed }: State): readonly Suspect[] {
  const key = KEYS[sort];
  // toSorted is stable: equals stay worst first.
  const sorted = key === null ? suspects : suspects.toSorted((a, b) => compare(key(a), key(b)));
  return reversed ? sorted.toReversed() : sorted;
}

/** Largest first, names from a to z. */
const KEYS: Readonly<Record<Sort, ((s: Suspect) => number | string) | null>> = {
  leaked: null,
  suspect: (s) => s.suspects,
  closeWait: (s) => s.closeWait,
  live: (s) => s.live,
  oldest: (s) => s.oldest?.minMs ?? -1,
  full: (s) => -(s.fds?.exhaustedInMs ?? Number.MAX_VALUE),
  growth: (s) => s.growth.perHour ?? Number.NEGATIVE_INFINITY,
  kind: (s) => kindsOf(s)[0]?.[0] ?? "~",
  pid: (s) => s.pid ?? -1,
  comm: (s) => s.comm ?? "",
};

function compare(a: number | string, b: number | string): number {
  if (typeof a === "number" && typeof b === "number") return a === b ? 0 : b - a;
  return a < b ? -1 : a > b ? 1 : 0;
}

function columnsFor(suspects: readonly Suspect[], columns: number): Column[] {
  const largest = suspects.reduce((max, { pid }) => Math.max(max, pid ?? 0), 0);
  const pid: Column = {
    ...right("pid", "PID", (s) => String(s.pid ?? "-")),
    width: Math.max(5, String(largest).length),
  };
  const names = (Object.keys(FIXED) as (keyof typeof FIXED)[]).slice();
  const taken = () => MARKS + pid.width + names.reduce((sum, name) => sum + 1 + FIXED[name].width, 0) + 2;
  for (const name of DISPENSABLE) {
    if (taken() + COMM.min + KIND.min > columns) names.splice(names.indexOf(name), 1);
  }
  let room = columns - taken() - COMM.min - KIND.min;
  const give = (most: number) => {
    const share = Math.max(0, Math.min(room, most));
    room -= share;
    return share;
  };
  // Both get enough to be told apart before either gets all it would like.
  const [commEnough, kindEnough] = [COMM.min + give(2), KIND.min + give(2)];
  const commWidth = commEnough + give(COMM.max - commEnough);
  const forTowards = room > TOWARDS_MIN ? TOWARDS_MIN + 1 : 0;
  room -= forTowards;
  const kindWidth = kindEnough + give(KIND.max - kindEnough);
  const comm: Column = { sort: "comm", title: "COMM", width: commWidth, align: "left", text: commText };
  const kind: Column = { sort: "kind", title: "KIND", width: kindWidth, align: "left", text: kindText };
  const towards: Column = {
    sort: null,
    title: "TOWARDS",
    width: forTowards + room - 1,
    align: "left",
    text: peersText,
  };
  return [pid, comm, ...names.map((name) => FIXED[name]), kind, ...(forTowards > 0 ? [towards] : [])];
}

function header(layout: readonly Column[], { sort, reversed }: State): Line {
  const sign = reversed ? "^" : "v";
  return layout.flatMap((column, i): Cell[] => {
    const gap = i === 0 ? " ".repeat(MARKS - 1) : "";
    const sorted = column.sort === sort;
    const title = fixed(column.title, column.width, column.align);
    return [cell(gap + (sorted ? sign : " "), "head"), cell(title, "head")];
  });
}

/** `focus` is null for rows that are not chosen. */
function row(suspect: Suspect, layout: readonly Column[], focus: State["focus"] | null): Line {
  const marks = `${focus === null ? " " : ">"}${suspect.neverCloses ? "!" : " "}`;
  const style = focus === "processes" ? "chosen" : styleOf(suspect);
  const [pid, comm, ...rest] = layout;
  const named = suspect.pid === null && pid && comm;
  const first = named
    ? [fixed(NO_PROCESS, pid.width + 1 + comm.width)]
    : [pid, comm].map((column) => (column ? text(column, suspect) : ""));
  return [cell(marks + [...first, ...rest.map((column) => text(column, suspect))].join(" "), style)];
}

function text(column: Column, suspect: Suspect): string {
  return fixed(column.text(suspect, column.width), column.width, column.align);
}

function styleOf({ leaked, suspects, neverCloses }: Suspect): Style {
  if (leaked > 0) return neverCloses ? "never" : "alarm";
  return suspects > 0 ? "dim" : "plain";
}

function fdsText({ fds }: Suspect): string {
  if (fds === null) return "-";
  return `${fitCount(fds.used, 5)}/${fds.limit === null ? "?" : fitCount(fds.limit, 5)}`;
}

function commText({ comm }: Suspect, width: number): string {
  return comm === null ? "?" : ascii(comm, width);
}

function growthText({ growth }: Suspect): string {
  if (growth.perHour === null) return "-";
  const size = Math.abs(growth.perHour);
  const number = size < 10 ? size.toFixed(1).replace(/\.0$/, "") : fitCount(size, 7);
  return number === "0" ? number : `${growth.perHour < 0 ? "-" : "+"}${number}`;
}

function kindsOf({ kinds }: Suspect): (readonly [string, number])[] {
  return Object.entries(kinds).toSorted(([, a], [, b]) => b - a);
}

function kindText(suspect: Suspect, width: number): string {
  const kinds = kindsOf(suspect);
  const all = kinds.map(([kind, count]) => `${kind} ${count}`).join(", ");
  const [first] = kinds;
  if (first === undefined) return retractedText(suspect);
  if (kinds.length === 1) return first[0];
  return all.length <= width ? all : `${first[0].slice(0, Math.max(0, width - 3))} +${kinds.length - 1}`;
}

function retractedText({ retracted }: Suspect): string {
  return retracted === null ? "" : `${fitCount(retracted.count, 6)} closed late`;
}

function peersText({ peers }: Suspect): string {
  const name = (peer: Suspect["peers"][number]) =>
    peer.port === ANY_PORT ? ascii(peer.addr, 45) : formatAddress(peer);
  return peers.map((peer) => `${name(peer)} ${fitCount(peer.count, 6)}`).join(", ");
}

function right(sort: Sort | null, title: string, value: (s: Suspect) => string): Column {
  return { sort, title, width: title.length, align: "right", text: value };
}

function counted(sort: Sort, title: string, count: (s: Suspect) => number): Column {
  return { sort, title, width: title.length, align: "right", text: (s, width) => fitCount(count(s), width) };
}
