/**
 * The tracker's slow, obvious twin: keeps every event, and for each question starts again from the first one.
 * Nothing is counted as it goes and nothing is bounded; a record is never changed, only replaced.
 */
import { type Event, isSocketEvent, type SocketEvent, type StateEvent } from "../../src/model/event.ts";
import { isBirth, isLegalMove, type TcpState } from "../../src/model/state.ts";

type Phase = "apart" | "listener" | "live" | "closed" | "lost" | "gone";

type Rec = {
  readonly id: string;
  readonly phase: Phase;
  readonly halfway: boolean;
  readonly side: "accept" | "connect" | null;
  /** Null: only deduced. */
  readonly lastMoveUs: number | null;
  readonly state: TcpState;
  readonly sinceUs: number;
  readonly peerClosedUs: number | null;
  readonly gapsAtAge: number;
  readonly connected: boolean;
  readonly firstMoveFrom: TcpState | null;
  /** Shut down or opened since it was first seen: somebody held it then. */
  readonly shownHeld: boolean;
  readonly ending: "us" | "peer" | "reset" | "failed" | "unknown" | null;
  /** Its side was known when it ended. */
  readonly filed: boolean;
  /** The process that opened it. */
  readonly owner: number | null;
  readonly events: readonly SocketEvent[];
  readonly illegal: number;
};

const isIn =
  (...states: TcpState[]) =>
  (state: TcpState) =>
    states.includes(state);
const handshake = isIn("CLOSE", "LISTEN", "SYN_SENT", "SYN_RECV", "NEW_SYN_RECV");
const afterOurFin = isIn("FIN_WAIT1", "FIN_WAIT2", "CLOSING", "LAST_ACK", "TIME_WAIT");

export class Twin {
  readonly #events: Event[] = [];

  apply(event: Event): void {
    this.#events.push(event);
  }

  view(atUs: number) {
    return viewOf(this.#events, atUs);
  }
}

/** What a snapshot says, less what is only presentation. */
export function viewOf(events: readonly Event[], atUs: number) {
  const all = records(events);
  const gaps = events.filter((event) => event.type === "gap");
  const inPhase = (phase: Phase) => all.filter((rec) => rec.phase === phase);
  const booked = all.filter((rec) => ["live", "closed", "lost"].includes(rec.phase));
  const live = inPhase("live");
  const unclosed = live.filter(isUnclosed);
  const owned = booked.map((rec) => ({ rec, pid: ownerPid(rec) }));
  const pids = [...new Set(owned.filter(({ rec }) => rec.phase === "live").map(({ pid }) => pid))];
  const show = (rec: Rec) => showSocket(rec, atUs, gaps.length);
  return {
    books: {
      opened: booked.filter((rec) => !rec.halfway).length,
      standing: booked.filter((rec) => rec.halfway).length,
      closed: inPhase("closed").length,
      live: live.length,
      lost: inPhase("lost").length,
    },
    byState: countBy(live.map((rec) => rec.state)),
    listeners: inPhase("listener").length,
    illegalMoves: all.reduce((sum, rec) => sum + rec.illegal, 0),
    processes: pids
      .filter((pid) => pid !== null)
      .sort((a, b) => a - b)
      .map((pid) => {
        const mine = owned.filter((one) => one.pid === pid).map(({ rec }) => rec);
        const mineLive = mine.filter((rec) => rec.phase === "live");
        return {
          pid,
          opened: mine.length,
          live: mineLive.length,
          closed: mine.filter((rec) => rec.phase === "closed").length,
          byState: countBy(mineLive.map((rec) => rec.state)),
          unclosed: mineLive.filter(isUnclosed).map(show).sort(byId),
        };
      }),
    ownerless: unclosed
      .filter((rec) => ownerPid(rec) === null)
      .map(show)
      .sort(byId),
    endings: countBy(booked.flatMap((rec) => (rec.filed && rec.ending !== null ? [rec.ending] : []))),
    series: series(events),
    gaps: gaps.length,
  };
}

function series(events: readonly Event[]) {
  const points: { atUs: number; closeWait: number; unclosed: number; live: number; events: number }[] = [];
  let [pointUs, pointEvents] = [Number.NEGATIVE_INFINITY, 0];
  events.forEach((event, i) => {
    const before = events.slice(0, i);
    const nowUs = Math.max(...before.map((one) => one.atUs), event.atUs);
    if (nowUs - pointUs < (event.type === "tick" ? 500_000 : 1_100_000)) return;
    const live = records(before).filter((rec) => rec.phase === "live");
    const closeWait = live.filter((rec) => rec.state === "CLOSE_WAIT").length;
    const unclosed = live.filter(isUnclosed).length;
    points.push({ atUs: nowUs, closeWait, unclosed, live: live.length, events: i - pointEvents });
    [pointUs, pointEvents] = [nowUs, i];
  });
  return points;
}

function records(events: readonly Event[]): Rec[] {
  const past: Rec[] = [];
  const now = new Map<string, Rec>();
  let gaps = 0;
  for (const event of events) {
    if (event.type === "gap") gaps += 1;
    if (!isSocketEvent(event)) continue;
    const old = now.get(event.sock);
    const isEnd = event.type === "close" && (event.how === "destroyed" || event.how === "replaced");
    if (old === undefined && isEnd) continue;
    if (old !== undefined && isRebirth(old, event)) {
      const { from, to } = event as StateEvent;
      const jump = old.state !== from && isLegalMove(from, to) ? 1 : 0; // an illegal move is counted with the new life
      past.push({ ...endOf(old, old.state === "CLOSE" ? "closed" : "lost"), illegal: old.illegal + jump });
      now.set(event.sock, next(fresh(event, gaps), event, gaps));
    } else now.set(event.sock, next(old ?? fresh(event, gaps), event, gaps));
  }
  return [...past, ...now.values()];
}

function isRebirth(rec: Rec, event: SocketEvent): boolean {
  if (event.type !== "state" || rec.phase !== "live" || rec.lastMoveUs === null) return false;
  return event.atUs >= rec.lastMoveUs && (isBirth(event.from, event.to) || event.to === "LISTEN");
}

function fresh(event: SocketEvent, gaps: number): Rec {
  const times = { lastMoveUs: null, sinceUs: event.atUs, peerClosedUs: null, gapsAtAge: gaps };
  const what = { phase: "apart", halfway: true, side: null, state: "CLOSE", connected: false } as const;
  return {
    id: event.sock,
    ...what,
    ...times,
    firstMoveFrom: null,
    shownHeld: false,
    owner: null,
    ending: null,
    filed: false,
    events: [],
    illegal: 0,
  };
}

function next(rec: Rec, event: SocketEvent, gaps: number): Rec {
  if (["closed", "lost", "gone"].includes(rec.phase)) return rec;
  const withEvent = { ...rec, events: [...rec.events, event] };
  if (event.type === "state") return afterMove(withEvent, event, gaps);
  if (event.type === "open") return afterOpen(withEvent, event, gaps);
  if (event.type === "shutdown") return event.how === "read" ? withEvent : { ...withEvent, shownHeld: true };
  if (event.type === "read") return afterRead(withEvent, event, gaps);
  if (event.how === "replaced") return endOf(withEvent, rec.state === "CLOSE" ? "closed" : "lost");
  if (event.how === "destroyed") {
    const missed = rec.phase === "live" && rec.lastMoveUs !== null && rec.state !== "CLOSE" ? 1 : 0;
    return { ...endOf(withEvent, "closed"), illegal: rec.illegal + missed };
  }
  return endIfReleased(withEvent);
}

function afterMove(rec: Rec, { from, to, atUs }: StateEvent, gaps: number): Rec {
  const late = rec.lastMoveUs !== null && atUs < rec.lastMoveUs;
  const jumps = rec.lastMoveUs !== null && !late && rec.state !== from;
  const counted = { ...rec, illegal: rec.illegal + (jumps || !isLegalMove(from, to) ? 1 : 0) };
  if (late) return counted;
  const born = isBirth(from, to);
  const noConnection = to === "LISTEN" || (to === "CLOSE" && (from === "CLOSE" || from === "LISTEN"));
  const entered = to !== rec.state || (from !== to && rec.lastMoveUs === null);
  const peer = rec.peerClosedUs === null && from !== to && tellsPeerClosed(from, to);
  const place =
    rec.phase === "live" || !noConnection || born
      ? { phase: "live" as const, halfway: born ? false : rec.halfway }
      : { phase: to === "LISTEN" ? ("listener" as const) : ("apart" as const) };
  const side = born ? (from === "LISTEN" ? "accept" : "connect") : rec.side;
  const ending = rec.ending ?? (place.phase === "live" ? endingOf(from, to) : null);
  return endIfReleased({
    ...counted,
    ...place,
    side,
    state: to,
    lastMoveUs: atUs,
    sinceUs: entered ? atUs : rec.sinceUs,
    peerClosedUs: peer ? atUs : rec.peerClosedUs,
    gapsAtAge: peer || (entered && rec.peerClosedUs === null) ? gaps : rec.gapsAtAge,
    connected: rec.connected || !handshake(from) || !handshake(to),
    firstMoveFrom: rec.phase !== "live" && place.phase === "live" && !born ? from : rec.firstMoveFrom,
    ending,
    filed: rec.ending === null ? ending !== null && side !== null : rec.filed,
  });
}

function tellsPeerClosed(from: TcpState, to: TcpState): boolean {
  return isIn("CLOSE_WAIT", "CLOSING")(to) || (to === "CLOSE" && isIn("ESTABLISHED", "FIN_WAIT1", "FIN_WAIT2")(from));
}

function endingOf(from: TcpState, to: TcpState): Rec["ending"] {
  const table: Readonly<Record<string, Rec["ending"]>> = {
    "SYN_SENT CLOSE": "failed",
    "ESTABLISHED CLOSE": "reset",
    "ESTABLISHED FIN_WAIT1": "us",
    "SYN_RECV FIN_WAIT1": "us",
    "SYN_SENT FIN_WAIT1": "us",
    "ESTABLISHED CLOSE_WAIT": "peer",
    "SYN_RECV CLOSE_WAIT": "peer",
    "SYN_SENT CLOSE_WAIT": "peer",
  };
  return table[`${from} ${to}`] ?? null;
}

function afterOpen(rec: Rec, event: Extract<Event, { type: "open" }>, gaps: number): Rec {
  if (rec.phase === "listener") return rec;
  const owner = rec.owner ?? (event.pid > 0 ? event.pid : null);
  const known = { ...rec, side: rec.side ?? event.how, shownHeld: true, owner };
  if (rec.phase === "live") return known;
  return deduce(known, { state: event.how === "accept" ? "ESTABLISHED" : "SYN_SENT", atUs: event.atUs, gaps });
}

function afterRead(rec: Rec, event: SocketEvent, gaps: number): Rec {
  const older = rec.lastMoveUs !== null && event.atUs < rec.lastMoveUs;
  if (rec.phase === "listener" || older || (rec.phase === "live" && rec.state !== "ESTABLISHED")) return rec;
  return deduce(rec, { state: "CLOSE_WAIT", atUs: event.atUs, gaps });
}

function deduce(rec: Rec, { state, atUs, gaps }: { state: TcpState; atUs: number; gaps: number }): Rec {
  const connected = rec.connected || !handshake(state);
  return { ...rec, phase: "live", state, lastMoveUs: null, sinceUs: atUs, gapsAtAge: gaps, connected };
}

const isReleased = (rec: Rec) => rec.events.some((event) => event.type === "close" && event.how === "tcp_close");

function endIfReleased(rec: Rec): Rec {
  return rec.phase === "live" && rec.state === "CLOSE" && isReleased(rec) ? endOf(rec, "closed") : rec;
}

function endOf(rec: Rec, how: "closed" | "lost"): Rec {
  if (rec.phase !== "live") return { ...rec, phase: "gone" };
  if (rec.ending !== null || !rec.connected) return { ...rec, phase: how };
  return { ...rec, phase: how, ending: "unknown", filed: rec.side !== null };
}

function isUnclosed(rec: Rec): boolean {
  if (!rec.connected || isReleased(rec)) return false;
  if (rec.state === "CLOSE_WAIT") return true;
  const letGo = rec.events.some((event) => event.type === "close");
  const presumed = rec.firstMoveFrom !== null && afterOurFin(rec.firstMoveFrom) && !rec.shownHeld;
  return isIn("CLOSE", "FIN_WAIT2", "CLOSING", "LAST_ACK")(rec.state) && !letGo && !presumed;
}

function ownerPid(rec: Rec): number | null {
  return rec.owner;
}

function showSocket(rec: Rec, atUs: number, gaps: number) {
  const peerClosedUs = rec.peerClosedUs === null ? null : Math.max(0, atUs - rec.peerClosedUs);
  const inStateUs = Math.max(0, atUs - rec.sinceUs);
  const eofRead = rec.events.some((event) => event.type === "read");
  return { id: rec.id, state: rec.state, inStateUs, peerClosedUs, acrossGap: rec.gapsAtAge !== gaps, eofRead };
}

function byId(a: { id: string }, b: { id: string }): number {
  return a.id < b.id ? -1 : 1;
}

function countBy(names: readonly string[]): Record<string, number> {
  return Object.fromEntries(
    [...new Set(names)].sort().map((one) => [one, names.filter((name) => name === one).length]),
  );
}
