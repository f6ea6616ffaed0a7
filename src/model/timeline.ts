/**
 * What happened to one socket, in order of arrival, bounded:
 *
 *   the first FIRST_STEPS │ … dropped … │ the latest
 *
 * A program that reads EOF in a busy loop must not cost memory, and both ends of the story matter: how the socket
 * was opened, and what happened last.
 */
import type { CensusEvent } from "./census.ts";
import type { CloseEvent, OpenEvent, ReadEvent, ShutdownEvent, SocketEvent } from "./event.ts";
import type { Step } from "./snapshot.ts";
import { STATE_NAMES, type TcpState } from "./state.ts";

/** A whole legal life has at most 12 steps: with 20 nothing of it is dropped. */
export const STEPS_LIMIT = 20;
/** Opening a connection takes at most 4: two moves, open twice (its fd is learned separately). */
export const FIRST_STEPS = 6;

/** What is kept of a step: a move's text, made once for every pair of states; the event itself; the step where that is not enough. */
type Kept = string | SocketEvent | Step;

const MOVE_TEXTS = Object.fromEntries(
  STATE_NAMES.map((from) => [from, Object.fromEntries(STATE_NAMES.map((to) => [to, `${from} → ${to}`]))]),
) as Record<TcpState, Record<TcpState, string>>;

const SIGHT_TEXTS = Object.fromEntries(
  STATE_NAMES.map((state) => [state, state === "CLOSE" ? "seen held, gone from the tables" : `seen in ${state}`]),
) as Record<TcpState, string>;

/** Steps are made when somebody looks: of most sockets nobody ever does. */
export class Timeline {
  dropped = 0;
  /** Arrays of their own with the first step: one that is pushed to makes room for sixteen more, which many sockets never need. */
  #atUs: number[] = [];
  #kept: Kept[] = [];
  /** As last looked at; a leaked socket never changes again. */
  #shown: readonly Step[] | null = null;
  #gaps: number;

  constructor(gaps: number) {
    this.#gaps = gaps;
  }

  /** @param gaps how many gaps the stream has had so far */
  note(event: SocketEvent, gaps: number): void {
    if (gaps === this.#gaps) this.#keep(event.atUs, event.type === "state" ? MOVE_TEXTS[event.from][event.to] : event);
    else this.#keep(event.atUs, { atUs: event.atUs, what: event.type, text: stepText(event), afterGap: true });
    this.#gaps = gaps;
  }

  /** A census saw it in a state that was news. */
  noteSight({ atUs, state }: CensusEvent, gaps: number): void {
    this.#keep(atUs, { atUs, what: "census", text: SIGHT_TEXTS[state], afterGap: gaps !== this.#gaps });
    this.#gaps = gaps;
  }

  #keep(atUs: number, kept: Kept): void {
    this.#shown = null;
    if (this.#kept.length === 0) {
      this.#atUs = [atUs];
      this.#kept = [kept];
      return;
    }
    this.#atUs.push(atUs);
    this.#kept.push(kept);
    if (this.#kept.length <= STEPS_LIMIT) return;
    this.#atUs.splice(FIRST_STEPS, 1);
    this.#kept.splice(FIRST_STEPS, 1);
    this.dropped += 1;
  }

  share(): readonly Step[] {
    this.#shown ??= this.#kept.map((kept, at) => stepOf(kept, this.#atUs[at] as number));
    return this.#shown;
  }
}

const STATE_OF_TEXT = new Map<string, TcpState>(
  STATE_NAMES.flatMap((to) => [
    [`seen in ${to}`, to] as const,
    ...STATE_NAMES.map((from) => [MOVE_TEXTS[from][to], to] as const),
  ]),
);

/** The state that a step leads to, or found; null: it tells of none. */
export function stateOfStep({ what, text }: Step): TcpState | null {
  if (what === "census") return STATE_OF_TEXT.get(text) ?? "CLOSE";
  return what === "state" ? (STATE_OF_TEXT.get(text) ?? null) : null;
}

function stepOf(kept: Kept, atUs: number): Step {
  if (typeof kept === "string") return { atUs, what: "state", text: kept, afterGap: false };
  if ("text" in kept) return kept;
  return { atUs, what: kept.type, text: stepText(kept), afterGap: false };
}

/** One step for people; raw text of the kernel inside. */
function stepText(event: SocketEvent): string {
  switch (event.type) {
    case "state":
      return MOVE_TEXTS[event.from][event.to];
    case "open":
      return openText(event);
    case "read":
      return `read EOF by ${actorText(event)}`;
    case "shutdown":
      return `shutdown ${event.how} by ${actorText(event)}`;
    case "close":
      return closeText(event);
  }
}

function openText(event: OpenEvent): string {
  const queued = event.queuedUs === null ? "" : `, queued ${Math.round(event.queuedUs / 1000)} ms`;
  return `${event.how} by ${actorText(event)}${queued}`;
}

function actorText(event: OpenEvent | ReadEvent | ShutdownEvent): string {
  const fd = event.fd === null ? "" : ` fd ${event.fd}`;
  return `${event.pid}/${event.tid} ${event.comm}${fd}`;
}

function closeText(event: CloseEvent): string {
  if (event.how === "replaced") return "address taken by another";
  if (event.pid === null) return event.how;
  const fd = event.fd === null ? "" : ` fd ${event.fd}`;
  return `${event.how} by ${event.pid}/${event.tid} ${event.comm}${fd}${event.exiting === true ? " (exiting)" : ""}`;
}
