/**
 * From events to what stands now. `apply` costs the same however many sockets live; `snapshot` costs in
 * proportion to the unclosed sockets and the processes. No clock: time is what the events say, so a replay is
 * equal to the live run.
 *
 * Memory: a live socket about 1 KB; closed ones only as sums, but for the latest RECENT_LIMIT.
 */
import type { CensusEvent, RoundEvent } from "./census.ts";
import { CodePaths } from "./code-paths.ts";
import { Endpoint, ourSideClosed } from "./endpoint.ts";
import {
  type CloseEvent,
  type Event,
  isSocketEvent,
  type OpenEvent,
  type ReadEvent,
  type SocketEvent,
  type StateEvent,
} from "./event.ts";
import { closerOf, isHeld, isLate, makeMove } from "./move.ts";
import type { Process } from "./processes.ts";
import { Series } from "./series.ts";
import { Sights } from "./sights.ts";
import type { Snapshot, SocketView } from "./snapshot.ts";
import { Sockets } from "./sockets.ts";
import { isBirth, isLegalMove, type TcpState } from "./state.ts";
import { Stream } from "./stream.ts";
import { detailView, type Instant, oldestFirst, processView, sharersOf, socketView } from "./view.ts";

export class Tracker {
  readonly #sockets = new Sockets();
  readonly #ledger = this.#sockets.ledger;
  readonly #stream = new Stream();
  readonly #sights = new Sights(this.#sockets, this.#stream);
  readonly #series = new Series();
  readonly #code = new CodePaths();
  #nowUs = Number.NEGATIVE_INFINITY;
  #illegalMoves = 0;

  /** Takes one event. Never throws, whatever the order of events. */
  apply(event: Event): void {
    const { atUs } = event;
    if (atUs > this.#nowUs) this.#nowUs = atUs;
    if (this.#series.isDue(this.#nowUs, event.type === "tick")) this.#point();
    this.#stream.count(atUs);
    if (isSocketEvent(event)) this.#applyToSocket(event);
    else {
      this.#stream.apply(event);
      this.#look(event);
    }
  }

  /** What stands at `atUs`, with the live sockets of one process in detail if asked for. */
  snapshot(atUs: number, ask: { readonly pid?: number } = {}): Snapshot {
    const now: Instant = { atUs, gaps: this.#stream.gapCount };
    const listening = this.#sights.listening();
    const listens = new Set(listening.flatMap(({ pids }) => pids));
    const held = [...this.#ledger.processes.all()].filter(({ live, pid }) => live.size > 0 || listens.has(pid));
    const processes = held.map((process) => processView(process, now));
    const ownerless = oldestFirst(this.#ledger.ownerless, now);
    return {
      atUs,
      ...this.#stream.view(atUs),
      books: this.#ledger.books(),
      code: this.#code.view(),
      byState: this.#ledger.states.view(),
      listeners: this.#sockets.listeners.size,
      listening,
      census: this.#sights.view(),
      processes,
      sharers: this.#sharers(held),
      ownerless,
      detail: ask.pid === undefined ? null : detailView(ask.pid, this.#ledger.processes.get(ask.pid), now),
      endings: this.#sockets.endings.view(),
      series: this.#series.view(),
      oldestCloseWaitUs: oldestCloseWaitUs([ownerless, ...processes.map((process) => process.unclosed)]),
      illegalMoves: this.#illegalMoves,
    };
  }

  /** One socket by its id, live or ended not long ago: for a line about it, and for its timeline. */
  socket(id: string, atUs: number): SocketView | null {
    const endpoint = this.#sockets.get(id);
    return endpoint === undefined ? null : socketView(endpoint, { atUs, gaps: this.#stream.gapCount });
  }

  /** How many stand, and how: what a curve needs each second, without the cost of a snapshot. */
  counts(): { readonly live: number; readonly unclosed: number; readonly byState: Snapshot["byState"] } {
    const { live, unclosed, states } = this.#ledger;
    return { live, unclosed, byState: states.view() };
  }

  /** How much is remembered, for tests of the bounds. */
  remembered() {
    const { processes } = this.#ledger;
    const { size, recentSize, endings } = this.#sockets;
    return { sockets: size, recent: recentSize, processes: processes.size, services: endings.size };
  }

  #sharers(shown: readonly Process[]): Snapshot["sharers"] {
    const { processes } = this.#ledger;
    const known = new Set(shown.map(({ pid }) => pid));
    const others = new Set(shown.flatMap(({ unclosed }) => sharersOf(unclosed)).filter((pid) => !known.has(pid)));
    return [...others].flatMap((pid) => processes.factsOf(pid) ?? []);
  }

  #point(): void {
    const { live, unclosed, states } = this.#ledger;
    const closeWait = states.of("CLOSE_WAIT");
    this.#series.add({ atUs: this.#nowUs, closeWait, unclosed, live, events: this.#stream.events });
  }

  #look(event: Exclude<Event, SocketEvent>): void {
    const { processes } = this.#ledger;
    if (event.type === "census") this.#see(event);
    else if (event.type === "round") this.#endRound(event);
    else if (event.type === "recording") this.#ledger.kernelCounts(this.#stream.isLean);
    else if (event.type === "tick" && event.counted !== undefined) this.#ledger.counted(event.counted);
    else if (event.type === "process") this.#ledger.described(event);
    else if (event.type === "threads") processes.of(event.pid, event.atUs).threads = event;
    else if (event.type === "limits") processes.of(event.pid, event.atUs).addLimits(event);
    else this.#code.apply(event, this.#sockets);
  }

  #see(event: CensusEvent): void {
    this.#sights.see(event);
    // Who only listens has to answer for what waits in the queue.
    if (event.state === "LISTEN") for (const { pid } of event.holders) this.#ledger.processes.of(pid, event.atUs);
  }

  #endRound(event: RoundEvent): void {
    this.#sights.endRound(event);
    if (this.#stream.isLean && event.scope === "full") this.#ledger.balance();
  }

  #applyToSocket(event: SocketEvent): void {
    const endpoint = this.#sockets.get(event.sock) ?? this.#first(event);
    if (endpoint === undefined) return;
    endpoint.timeline.note(event, this.#stream.gapCount);
    if (endpoint.phase === "ended") return;
    endpoint.traced = true;
    if (event.atUs > endpoint.heardUs) endpoint.heardUs = event.atUs;
    endpoint.learn(event);
    this.#dispatch(endpoint, event);
    if (endpoint.phase === "live") this.#ledger.review(endpoint);
  }

  #dispatch(endpoint: Endpoint, event: SocketEvent): void {
    if (event.type === "state") this.#move(endpoint, event);
    else if (event.type === "open") this.#open(endpoint, event);
    else if (event.type === "read") this.#read(endpoint, event);
    else if (event.type === "close") this.#close(endpoint, event);
    else if (event.how !== "read") {
      // shutdown(SHUT_RD) sends no FIN: only the reader goes deaf
      endpoint.shutdown = true;
      endpoint.presumedLetGo = false;
    }
  }

  /** An id not heard before: seen by a census, or new. An end alone starts nothing. */
  #first(event: SocketEvent): Endpoint | undefined {
    const born = event.type === "state" && isBirth(event.from, event.to);
    const seen = born ? undefined : this.#sockets.recognize(event.sock, event);
    if (seen !== undefined) return seen;
    if (event.type === "close" && (event.how === "destroyed" || event.how === "replaced")) return undefined;
    const endpoint = new Endpoint(event, this.#stream.gapCount);
    this.#sockets.add(endpoint);
    if (event.type !== "state" || event.to === "CLOSE") this.#sockets.setApart(endpoint);
    return endpoint;
  }

  #move(endpoint: Endpoint, event: StateEvent): void {
    const { from, to } = event;
    const late = isLate(endpoint, event);
    const jumps = endpoint.stateSeen && !late && endpoint.state !== from;
    if (jumps || !isLegalMove(from, to)) this.#illegalMoves += 1;
    if (late) return;
    const born = isBirth(from, to);
    if (endpoint.phase !== "live") this.#moveApart(endpoint, event, born);
    else if (endpoint.stateSeen && (born || to === "LISTEN")) this.#rebirth(endpoint, event);
    else {
      if (born && endpoint.halfway) this.#ledger.wasBorn(endpoint);
      if (born) endpoint.side = sideOfBirth(from);
      this.#moveLive(endpoint, event);
    }
  }

  #moveLive(endpoint: Endpoint, event: StateEvent): void {
    const before = endpoint.state;
    makeMove(endpoint, event, this.#stream.gapCount);
    this.#ledger.moved(endpoint, before);
    this.#recordEnding(endpoint, event);
    if (event.to === "CLOSE" && endpoint.released) this.#settle(endpoint, "closed", event.atUs);
  }

  #recordEnding(endpoint: Endpoint, event: StateEvent): void {
    const closer = endpoint.closer === null ? closerOf(event.from, event.to) : null;
    if (closer === null) return;
    endpoint.closer = closer;
    const establishedMs = endpoint.establishedUs < 0 ? null : (event.atUs - endpoint.establishedUs) / 1000;
    this.#sockets.endings.record(endpoint, closer, { us: event.atUs, establishedMs });
  }

  /** A move of a socket that was in no book: a listener's, of one never connected, or the first of a connection. */
  #moveApart(endpoint: Endpoint, event: StateEvent, born: boolean): void {
    const { from, to } = event;
    const wasListener = endpoint.phase === "listener";
    const isConnection = born || !(to === "LISTEN" || (to === "CLOSE" && (from === "CLOSE" || from === "LISTEN")));
    if (wasListener !== (to === "LISTEN")) this.#sockets.setListening(endpoint, to === "LISTEN");
    if (!isConnection) {
      makeMove(endpoint, event, this.#stream.gapCount);
      if (wasListener && endpoint.phase === "apart") this.#sockets.setApart(endpoint);
      return;
    }
    if (born) endpoint.side = sideOfBirth(from);
    else endpoint.presumedLetGo = ourSideClosed(from) && !endpoint.shutdown && !isHeld(event);
    this.#ledger.begin(endpoint, born);
    this.#moveLive(endpoint, event);
  }

  /** A new life under the same id, without a word that the old one ended (the source says `replaced`). */
  #rebirth(endpoint: Endpoint, event: StateEvent): void {
    this.#settle(endpoint, endpoint.state === "CLOSE" ? "closed" : "lost", event.atUs);
    const next = new Endpoint(event, this.#stream.gapCount);
    next.learn(event);
    next.timeline.note(event, this.#stream.gapCount);
    this.#sockets.add(next);
    this.#moveApart(next, event, isBirth(event.from, event.to));
  }

  #open(endpoint: Endpoint, event: OpenEvent): void {
    if (endpoint.phase === "listener") return;
    if (endpoint.phase === "apart") {
      endpoint.deduce(event.how === "accept" ? "ESTABLISHED" : "SYN_SENT", event.atUs, this.#stream.gapCount);
      this.#ledger.begin(endpoint, false);
    }
    endpoint.side ??= event.how;
    endpoint.presumedLetGo = false;
    if (event.pid <= 0) return;
    const { pid, tid, comm, fd, learned } = event;
    // A census knows who holds it, a probe who opened it: in lean mode that is told later.
    if (endpoint.owner === null || endpoint.owner.learned === "census") {
      const held = endpoint.owner?.pid === pid ? endpoint.owner.fd : null;
      this.#ledger.opened(endpoint, event);
      endpoint.owner = { pid, tid, comm, fd: fd ?? held, learned };
    } else if (endpoint.owner.pid === pid && endpoint.owner.fd === null) {
      endpoint.owner = { ...endpoint.owner, fd };
    }
  }

  /** A read returned 0, so the state was CLOSE_WAIT: if that move was missed, this is how we know. */
  #read(endpoint: Endpoint, event: ReadEvent): void {
    endpoint.eofRead = true;
    if (endpoint.phase === "listener") return;
    if (endpoint.phase === "live" && endpoint.state !== "ESTABLISHED") return;
    if (endpoint.stateSeen && event.atUs < endpoint.movedUs) return;
    const before = endpoint.state;
    endpoint.deduce("CLOSE_WAIT", event.atUs, this.#stream.gapCount);
    if (endpoint.phase === "apart") this.#ledger.begin(endpoint, false);
    else this.#ledger.moved(endpoint, before);
  }

  #close(endpoint: Endpoint, event: CloseEvent): void {
    if (event.exiting === true && event.pid !== null) this.#ledger.processes.exiting(event.pid);
    if (event.how === "replaced") this.#settle(endpoint, endpoint.state === "CLOSE" ? "closed" : "lost", event.atUs);
    else if (event.how === "destroyed") this.#destroyed(endpoint, event.atUs);
    else {
      endpoint.letGo = true;
      endpoint.released ||= event.how === "tcp_close";
      if (endpoint.released && endpoint.phase === "live" && endpoint.state === "CLOSE") {
        this.#settle(endpoint, "closed", event.atUs);
      }
    }
  }

  /** The kernel destroys only in CLOSE: if we think otherwise, that move was missed. */
  #destroyed(endpoint: Endpoint, atUs: number): void {
    const missed = endpoint.phase === "live" && endpoint.stateSeen && endpoint.state !== "CLOSE";
    if (missed) this.#illegalMoves += 1;
    this.#settle(endpoint, "closed", atUs);
  }

  #settle(endpoint: Endpoint, how: "closed" | "lost", atUs: number): void {
    this.#sockets.settle(endpoint, how, atUs);
  }
}

function sideOfBirth(from: TcpState): "accept" | "connect" {
  return from === "LISTEN" ? "accept" : "connect";
}

function oldestCloseWaitUs(lists: readonly (readonly SocketView[])[]): number | null {
  let oldestUs: number | null = null;
  for (const list of lists) {
    for (const socket of list) {
      if (socket.state === "CLOSE_WAIT") oldestUs = Math.max(oldestUs ?? 0, socket.inStateUs);
    }
  }
  return oldestUs;
}
