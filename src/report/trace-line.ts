/**
 * One line for people per event, for `sockleak trace`.
 *
 *   TIME UTC      WHAT                                    AFTER  LOCAL → REMOTE                          OWNER
 *   12:00:13.001  ESTABLISHED → CLOSE_WAIT                 12 s  127.0.0.1:8080 → 127.0.0.1:51234        python3 4121 fd 7
 *   12:01:14.002  close, CLOSE_WAIT for 61 s         lived 73 s  127.0.0.1:8080 → 127.0.0.1:51234        python3 4121 fd 7
 *
 * AFTER is the time spent in the state before; empty where its start was not seen.
 */
import { formatAddress } from "../format/address.ts";
import { pad } from "../format/columns.ts";
import { formatCount } from "../format/count.ts";
import { formatDuration } from "../format/duration.ts";
import { safeText } from "../format/safe-text.ts";
import { displayWidth } from "../format/width.ts";
import type { Event, GapEvent, RecordingEvent, SocketEvent } from "../model/event.ts";
import { type Life, Lives } from "./trace-lives.ts";

/** First column of each field; a field that is too long pushes the next one by two blanks, on its line only. */
const COLUMN = { what: 14, where: 61, owner: 101 };
/** The kernel's names have 15 bytes; a recording may hold anything. */
const COMM_COLUMNS = 24;

export type TraceOptions = {
  /** Local time less UTC. Without it times are UTC, and the header says so. */
  readonly utcOffsetMinutes?: number;
  /** Sockets whose start is remembered; the least recently touched are forgotten first. */
  readonly memory?: number;
};

/** Feed it every event in order: the stream holds the facts that a line needs (owner, times of states, wall clock). */
export class TraceLines {
  readonly #lives: Lives;
  readonly #offsetMinutes: number | undefined;
  #firstUs: number | undefined;
  #wall: { readonly atUs: number; readonly wallMs: number } | undefined;

  constructor({ utcOffsetMinutes, memory }: TraceOptions = {}) {
    this.#lives = new Lives(memory);
    this.#offsetMinutes = utcOffsetMinutes;
  }

  header(): string {
    const time = this.#offsetMinutes === undefined ? "TIME UTC" : "TIME";
    return columns({ time, what: "WHAT", after: "AFTER", where: "LOCAL → REMOTE", owner: "OWNER" });
  }

  /** Undefined where there is nothing to say to people (ticks). */
  line(event: Event): string | undefined {
    this.#firstUs ??= event.atUs;
    if (event.type === "tick" || event.type === "recording") this.#wall = event;
    return traceLine(event, { lives: this.#lives, time: this.#time(event.atUs) });
  }

  #time(atUs: number): string {
    if (this.#wall === undefined) return `+${((atUs - (this.#firstUs ?? atUs)) / 1e6).toFixed(3)} s`;
    const ms = this.#wall.wallMs + (atUs - this.#wall.atUs) / 1_000 + (this.#offsetMinutes ?? 0) * 60_000;
    // Of a recording, so perhaps not a time at all: toISOString would throw.
    return Math.abs(ms) < 8.64e15 ? new Date(ms).toISOString().slice(11, 23) : "?";
  }
}

/** `lives` is brought up to date on the way. */
function traceLine(event: Event, { lives, time }: { lives: Lives; time: string }): string | undefined {
  switch (event.type) {
    case "tick":
    case "census":
    case "process":
    case "limits":
    case "threads":
    case "round":
    case "site":
    case "path":
    case "paths":
    case "symbol":
      return undefined;
    case "recording":
      return `${pad(time, COLUMN.what)}--- ${aboutRecording(event)}`;
    case "gap":
      return `${pad(time, COLUMN.what)}!!! GAP: ${aboutGap(event)}`;
    case "mark":
      return `${pad(time, COLUMN.what)}--- mark: ${safeText(event.text)}`;
    case "end":
      return `${pad(time, COLUMN.what)}--- end: ${safeText(event.why)}`;
    default:
      return socketLine(event, { life: lives.apply(event), time });
  }
}

function socketLine(event: SocketEvent, { life, time }: { life: Life; time: string }): string {
  const where =
    life.local === null && life.remote === null ? "" : `${formatAddress(life.local)} → ${formatAddress(life.remote)}`;
  return columns({ time, what: what(event, life), after: after(event, life), where, owner: owner(event, life) });
}

function what(event: SocketEvent, life: Life): string {
  switch (event.type) {
    case "state":
      return `${event.from} → ${event.to}`;
    case "open":
      return event.how;
    case "read":
      return "read EOF";
    case "shutdown":
      return `shutdown ${event.how}`;
    case "close":
      return life.closeWaitUs === null ? ending(event) : `${ending(event)}, CLOSE_WAIT for ${age(life.closeWaitUs)}`;
  }
}

function ending(event: SocketEvent & { type: "close" }): string {
  if (event.how === "destroyed") return "destroyed";
  if (event.how === "replaced") return "end not seen";
  if (event.exiting) return "closed by exit";
  return event.how === "close" ? "close" : "last close";
}

function after(event: SocketEvent, life: Life): string {
  if (event.type === "close") return life.livedUs === null ? "" : `lived ${age(life.livedUs)}`;
  if (event.type === "open" && event.queuedUs !== null) return `queued ${age(event.queuedUs)}`;
  return life.inStateUs === null ? "" : age(life.inStateUs);
}

function owner(event: SocketEvent, life: Life): string {
  const actor = "pid" in event && event.pid !== null ? event : life.owner;
  if (actor === null) return "";
  const fd = actor.fd ?? (life.owner?.pid === actor.pid ? life.owner.fd : null);
  const name = actor.comm === null ? "?" : safeText(actor.comm, COMM_COLUMNS);
  return `${name} ${actor.pid}${fd === null ? "" : ` fd ${fd}`}`;
}

function aboutRecording({ host, kernel, attachment, mode, bpftrace, filters }: RecordingEvent): string {
  const tracer = bpftrace === null ? "no bpftrace" : `bpftrace ${safeText(bpftrace)}`;
  const only = Object.entries(filters).map(([name, value]) => `, ${safeText(name)} ${safeText(value)}`);
  return `${safeText(host)}, kernel ${safeText(kernel)}, ${attachment === mode ? mode : `${attachment}, ${mode}`}, ${tracer}${only.join("")}`;
}

function aboutGap({ why, lost, text }: GapEvent): string {
  return `${lost === null ? "an unknown number of" : formatCount(lost)} events missing (${why}): ${safeText(text)}`;
}

function age(us: number): string {
  return formatDuration(us / 1_000);
}

type Fields = { time: string; what: string; after: string; where: string; owner: string };

function columns({ time, what, after, where, owner }: Fields): string {
  let line = next(time, COLUMN.what) + what;
  // Right-aligned, so it ends two blanks before the next column.
  const room = COLUMN.where - 2 - displayWidth(line);
  line = next(line + pad(after, Math.max(room, displayWidth(after) + 2), "right"), COLUMN.where) + where;
  return (next(line, COLUMN.owner) + owner).trimEnd();
}

function next(line: string, column: number): string {
  return pad(`${line}  `, column);
}
