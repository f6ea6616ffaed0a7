/** The chosen process's sockets, worst first, and the timeline of the chosen one. */
import type { Judged, Suspect } from "../analysis/finding.ts";
import { formatAddress } from "../format/address.ts";
import { formatCount } from "../format/count.ts";
import { formatDuration, formatShortDuration } from "../format/duration.ts";
import type { Snapshot, SocketView } from "../model/snapshot.ts";
import { FIRST_STEPS } from "../model/timeline.ts";
import { ageText, ascii, cell, firstVisible, fixed, type Line, type Style } from "./cells.ts";

/** `judged` is null for a live socket that nothing is wrong with. */
export type Row = { readonly socket: SocketView; readonly judged: Judged | null };

/** All that is known of the process: what the analysis judged, then the rest of its live sockets, where asked for. */
export function socketRows(suspect: Suspect | undefined, { detail }: Snapshot): readonly Row[] {
  if (suspect === undefined) return [];
  const judged = suspect.sockets.map((one) => ({ socket: one.socket, judged: one }));
  if (detail === null || detail.pid !== suspect.pid) return judged;
  const known = new Set(suspect.sockets.map(({ socket }) => socket.id));
  return [...judged, ...detail.sockets.filter(({ id }) => !known.has(id)).map((socket) => ({ socket, judged: null }))];
}

export function socketsTitle(suspect: Suspect | undefined, snapshot: Snapshot, shown: number): string {
  if (suspect === undefined) return "no process";
  const name = suspect.pid === null ? "no process known" : `${ascii(suspect.comm ?? "?", 24)} ${suspect.pid}`;
  const never = suspect.neverCloses ? ", has never closed one" : "";
  const missing = snapshot.detail?.pid === suspect.pid ? (snapshot.detail.omitted ?? 0) : 0;
  const rest = missing === 0 ? "" : `, ${formatCount(missing)} more not listed`;
  return `${name}: ${formatCount(shown)} sockets${rest}${never}${limitText(suspect)}`;
}

function limitText({ fds }: Suspect): string {
  if (fds === null) return "";
  const full = fds.exhaustedInMs === null ? "" : `, full in about ${formatDuration(fds.exhaustedInMs)}`;
  return `; fds ${formatCount(fds.used)} of ${fds.limit === null ? "?" : formatCount(fds.limit)}${full}`;
}

const WIDTH = { age: 7, state: 11, kind: 14, fd: 6 };

export type Page = { readonly columns: number; readonly rows: number };

/** Header and the visible rows. */
export function socketTable(
  rows: readonly Row[],
  chosen: number,
  { columns, rows: page, focused }: Page & { focused: boolean },
): Line[] {
  const where = columns - 2 - WIDTH.age - WIDTH.state - WIDTH.kind - WIDTH.fd - 4;
  const first = firstVisible(chosen, page, rows.length);
  const head = [
    fixed("AGE", WIDTH.age, "right"),
    fixed("STATE", WIDTH.state),
    fixed("KIND", WIDTH.kind),
    fixed("FD", WIDTH.fd, "right"),
    fixed("LOCAL -> REMOTE", where),
  ];
  const lines = rows.slice(first, first + page).map((row, i): Line => {
    const { socket, judged } = row;
    const here = first + i === chosen;
    const fields = [
      fixed(sinceText(row), WIDTH.age, "right"),
      fixed(socket.state, WIDTH.state),
      fixed(judged?.kind ?? "", WIDTH.kind),
      fixed(String(socket.owner?.fd ?? "-"), WIDTH.fd, "right"),
      fixed(pairText(socket), where),
    ];
    return [cell(`${here ? ">" : " "} ${fields.join(" ")}`, here && focused ? "chosen" : styleOf(judged))];
  });
  return [[cell(`  ${head.join(" ")}`, "head")], ...lines];
}

function styleOf(judged: Judged | null): Style {
  if (judged?.standing === "leak") return "alarm";
  return judged?.standing === "suspect" ? "dim" : "plain";
}

/** For how long it has owed a close, else in its state. ">": at least. "?": a gap since, it may be closed. */
function sinceText({ socket, judged }: Row): string {
  const { inStateUs, halfway, acrossGap } = socket;
  const text = judged === null ? `${halfway ? ">" : ""}${formatShortDuration(inStateUs / 1_000)}` : ageText(judged.age);
  return acrossGap ? `?${text.replace(/^>/, "")}` : text;
}

function pairText({ local, remote }: SocketView): string {
  return `${formatAddress(local)} -> ${formatAddress(remote)}`;
}

/** What is said of the socket, then its steps: the newest where there is not room for all. */
export function timeline(row: Row | undefined, atUs: number, { columns, rows: page }: Page): Line[] {
  if (row === undefined || page <= 0) return [];
  const { socket, judged } = row;
  const head: Line[] = [[cell(fixed(`${pairText(socket)}  ${aboutSocket(socket)}`, columns), "head")]];
  if (judged !== null)
    head.push([cell(`${judged.kind}, ${judged.confidence}: ${ascii(judged.because)}`, styleOf(judged))]);
  const steps = stepLines(socket, atUs);
  const room = page - head.length;
  const omitted = steps.length - room;
  const shown =
    omitted <= 0
      ? steps
      : [
          [cell(`${" ".repeat(STEP_INDENT)}... ${omitted + 1} lines above`, "dim")] as Line,
          ...steps.slice(omitted + 1),
        ];
  return [...head, ...shown].slice(0, page);
}

export function timelineRows({ socket, judged }: Row): number {
  return 1 + (judged === null ? 0 : 1) + socket.steps.length + (socket.droppedSteps > 0 ? 1 : 0);
}

const STEP_INDENT = 2;

function stepLines(socket: SocketView, atUs: number): Line[] {
  const drop = socket.droppedSteps > 0 ? FIRST_STEPS - 1 : -1;
  return socket.steps.flatMap((step, i): Line[] => {
    const since = `+${((step.atUs - socket.firstSeenUs) / 1e6).toFixed(3)} s`;
    const ago = `${formatDuration((atUs - step.atUs) / 1_000)} ago`;
    const gap = step.afterGap ? cell("  (a gap before it)", "alarm") : cell("");
    const line: Line = [
      cell(`${" ".repeat(STEP_INDENT)}${since.padStart(13)} ${ago.padStart(15)}  ${ascii(step.text)}`),
      gap,
    ];
    const dropped: Line = [
      cell(`${" ".repeat(STEP_INDENT)}${formatCount(socket.droppedSteps)} steps between are not kept`, "dim"),
    ];
    return i === drop ? [line, dropped] : [line];
  });
}

function aboutSocket({ side, halfway, inode, netns, eofRead, shutdown, letGo }: SocketView): string {
  const facts = [
    side === null ? "" : `${side} side`,
    halfway ? "start not seen" : "",
    inode === null ? "" : `inode ${inode}`,
    netns === null ? "" : `netns ${netns}`,
    eofRead ? "EOF read" : "",
    shutdown ? "shut down" : "",
    letGo ? "let go" : "",
  ];
  return facts.filter((fact) => fact !== "").join(", ");
}
