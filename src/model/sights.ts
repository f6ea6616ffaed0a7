/**
 * What a census sees, held against what the probes told (design.md, Truth). Events of probes are exact and may be missed; a
 * census misses nothing that stands still and knows no moments. So a sight
 *
 *   finds who holds a socket whose open was missed,
 *   puts a state right when no later event speaks against it,
 *   makes known what was there before the probes, or slipped by them,
 *
 * and a socket that two rounds in a row did not see has been closed, at a time nobody saw.
 */
import type { CensusEvent, RoundEvent } from "./census.ts";
import { Endpoint, hasBeenConnected, ourSideClosed } from "./endpoint.ts";
import type { Process } from "./processes.ts";
import type { CensusView, ListenerView } from "./snapshot.ts";
import { SocketIndex } from "./socket-index.ts";
import type { Sockets } from "./sockets.ts";

/** Events that happened before a look may reach us after it by no more than this: the source orders them by time. */
const ORDER_WINDOW_US = 1_000_000;
/** Rounds in a row that must miss a socket before it is taken for closed: one may have raced with its open. */
const ROUNDS_MISSED = 2;
/**
 * A socket that the probes do not know and that was active this short ago may have come and gone between the tables and
 * here, as the sockets of a busy host do: it is believed when the next round sees it, too.
 */
const YOUNG_MS = 2_000;

type Stream = { readonly gapCount: number; readonly tellsAll: boolean };

export class Sights {
  readonly #sockets: Sockets;
  readonly #stream: Stream;
  /** Those that a probe named first. */
  readonly #byCookie = new Map<string, Endpoint>();
  /** All sockets, made when a round first needs it, and not kept: traffic would make it old at once. */
  #index: SocketIndex | null = null;
  #young = new Set<string>();
  #youngBefore = new Set<string>();
  #rounds = 0;
  #last: RoundEvent | null = null;
  #lastFull: RoundEvent | null = null;
  readonly #corrections = { owner: 0, state: 0, closed: 0, added: 0 };

  constructor(sockets: Sockets, stream: Stream) {
    this.#sockets = sockets;
    this.#stream = stream;
  }

  see(event: CensusEvent): void {
    const known = this.#find(event);
    if (known !== undefined) this.#seeAgain(known, event);
    else if (this.#isCredible(event)) this.#meet(event);
  }

  endRound(event: RoundEvent): void {
    const looked = new Set(event.netns);
    for (const endpoint of this.#sockets.all()) {
      if (endpoint.sightRound !== event.round && wasAskedFor(endpoint, event, looked)) this.#miss(endpoint, event);
    }
    for (const process of this.#sockets.ledger.processes.all()) {
      if (process.unclosed.size > 0 || process.history.size > 0) process.history.add(event.toUs, process.unclosed);
    }
    this.#index = null;
    this.#youngBefore = this.#young;
    this.#young = new Set();
    this.#rounds += 1;
    this.#last = event;
    if (event.scope === "full") this.#lastFull = event;
  }

  view(): CensusView | null {
    if (this.#last === null) return null;
    const corrections = { ...this.#corrections };
    return { rounds: this.#rounds, last: this.#last, lastFull: this.#lastFull, corrections };
  }

  listening(): readonly ListenerView[] {
    const seen: ListenerView[] = [];
    for (const { local, netns, sight } of this.#sockets.listeners) {
      if (local === null || sight === null) continue;
      const { holders, recvQ, sendQ, atUs } = sight.seen;
      seen.push({ local, netns, pids: pidsOf(holders), queue: recvQ, backlog: sendQ, atUs });
    }
    return seen;
  }

  #find(event: CensusEvent): Endpoint | undefined {
    const known =
      this.#sockets.get(event.sock) ?? (event.cookie === null ? undefined : this.#byCookie.get(event.cookie));
    if (known !== undefined && known.phase !== "ended") return known;
    this.#index ??= new SocketIndex(this.#sockets.all());
    const found = this.#index.find(event);
    return found?.phase === "ended" ? undefined : found;
  }

  /** An fd that was never connected is no connection left behind, and one that has just ended is not there any more. */
  #isCredible(event: CensusEvent): boolean {
    if (event.state === "CLOSE" && event.segsIn === 0) return false;
    if (!this.#stream.tellsAll) return true;
    if (this.#sockets.hasEnded(event)) return false;
    // Of a listener the kernel tells no times (they are 0), and it does not come and go.
    if (event.state === "LISTEN" || !isYoung(event) || this.#youngBefore.has(event.sock)) return true;
    this.#young.add(event.sock);
    return false;
  }

  #meet(event: CensusEvent): void {
    const endpoint = new Endpoint(event, this.#stream.gapCount);
    endpoint.inode = event.inode;
    endpoint.netns = event.netns;
    endpoint.local = event.local;
    endpoint.remote = event.remote;
    this.#sockets.addUntold(endpoint);
    this.#index?.add(endpoint);
    if (event.state !== "LISTEN" && this.#stream.tellsAll) this.#corrections.added += 1;
    this.#take(endpoint, event);
  }

  #seeAgain(endpoint: Endpoint, event: CensusEvent): void {
    if (endpoint.heardUs > event.atUs - ORDER_WINDOW_US) {
      // Something happened since: its state is the probes' to say, its holder still is news.
      endpoint.sightRound = event.round;
      if (endpoint.phase === "live" && endpoint.owner === null) this.#findOwner(endpoint, event);
      return;
    }
    endpoint.learn(event);
    this.#take(endpoint, event);
  }

  #take(endpoint: Endpoint, event: CensusEvent): void {
    if (event.cookie !== null && event.sock !== endpoint.id) this.#byCookie.set(event.cookie, endpoint);
    this.#correct(endpoint, event);
    const { sight } = endpoint;
    const again = sight !== null && sight.seen.state === event.state && endpoint.missedRounds === 0;
    endpoint.sight = again
      ? { seen: event, sinceUs: sight.sinceUs, rounds: sight.rounds + 1 }
      : { seen: event, sinceUs: event.atUs, rounds: 1 };
    endpoint.sightRound = event.round;
    endpoint.missedRounds = 0;
    if (endpoint.phase !== "live") return;
    if (ourSideClosed(event.state)) endpoint.presumedLetGo = event.holders.length === 0 && !event.inode;
    this.#findOwner(endpoint, event);
    this.#sockets.ledger.review(endpoint);
  }

  /** Brings it to the state that was seen. */
  #correct(endpoint: Endpoint, event: CensusEvent): void {
    const { state, atUs } = event;
    if (state === "LISTEN") {
      if (endpoint.phase === "apart") this.#sockets.setListening(endpoint, true);
      endpoint.state = state;
      return;
    }
    if (endpoint.phase === "listener") this.#sockets.setListening(endpoint, false);
    const before = endpoint.state;
    if (endpoint.phase === "live" && before === state) return;
    if (endpoint.phase === "live" && endpoint.traced) this.#corrections.state += 1;
    endpoint.timeline.noteSight(event, this.#stream.gapCount);
    endpoint.deduce(state, atUs, this.#stream.gapCount);
    endpoint.connected ||= hasBeenConnected(state) || state === "CLOSE";
    if (endpoint.phase === "live") this.#sockets.ledger.moved(endpoint, before);
    else this.#sockets.ledger.begin(endpoint, false);
  }

  #findOwner(endpoint: Endpoint, event: CensusEvent): void {
    const process = this.#responsible(endpoint, event);
    if (process === null) return;
    const { ledger } = this.#sockets;
    ledger.assign(endpoint, process);
    const fd = event.holders.find(({ pid }) => pid === process.pid)?.fd ?? null;
    const { owner } = endpoint;
    if (owner === null) {
      endpoint.owner = { pid: process.pid, tid: process.pid, comm: process.comm, fd, learned: "census" };
      if (endpoint.traced) this.#corrections.owner += 1;
    } else if (owner.pid === process.pid && owner.fd === null && fd !== null) endpoint.owner = { ...owner, fd };
  }

  /** Of several holders the one that opened it, else the oldest: the others have it from there. */
  #responsible(endpoint: Endpoint, { holders, ringPid, atUs }: CensusEvent): Process | null {
    const { processes } = this.#sockets.ledger;
    const first = holders[0];
    if (holders.length === 1 && first !== undefined) return processes.of(first.pid, atUs);
    const pids = pidsOf(holders);
    if (pids.length === 0) return ringPid === null ? null : processes.of(ringPid, atUs);
    const opener = endpoint.owner?.pid;
    if (opener !== undefined && pids.includes(opener)) return processes.of(opener, atUs);
    const holding = pids.map((pid) => processes.of(pid, atUs));
    return holding.reduce((a, b) => (startOf(b) < startOf(a) ? b : a));
  }

  #miss(endpoint: Endpoint, { fromUs, toUs }: RoundEvent): void {
    if (endpoint.heardUs > fromUs - ORDER_WINDOW_US) return;
    endpoint.missedRounds += 1;
    if (endpoint.missedRounds < ROUNDS_MISSED) return;
    if (endpoint.traced && endpoint.phase === "live") this.#corrections.closed += 1;
    const cookie = endpoint.sight?.seen.cookie;
    if (cookie != null) this.#byCookie.delete(cookie);
    this.#sockets.settle(endpoint, "closed", toUs);
  }
}

/**
 * Whether the kernel was asked for what this socket is, as far as we know. One that TCP has closed is found by its fd, by
 * every round after the one that found it; one that was reset before accept() has neither fd nor row, and is never found.
 */
function wasAskedFor(of: Endpoint, { scope, round }: RoundEvent, looked: ReadonlySet<number>): boolean {
  if (of.phase !== "live" && of.phase !== "listener") return false;
  if (of.netns !== null && !looked.has(of.netns)) return false;
  if (of.state !== "CLOSE") return scope === "full" || of.state === "CLOSE_WAIT";
  if (of.sight !== null && of.sight.seen.round < round) return true;
  return scope === "full" && !waitsForAccept(of);
}

function waitsForAccept({ side, owner, inode, letGo }: Endpoint): boolean {
  return side !== "connect" && owner === null && !inode && !letGo;
}

function isYoung({ lastSndMs, lastRcvMs, lastAckMs }: CensusEvent): boolean {
  return [lastSndMs, lastRcvMs, lastAckMs].some((ms) => ms !== null && ms < YOUNG_MS);
}

function pidsOf(holders: CensusEvent["holders"]): readonly number[] {
  if (holders.length < 2) return holders.map(({ pid }) => pid);
  return [...new Set(holders.map(({ pid }) => pid))];
}

/** The lower pid where nothing is known of either's start. */
function startOf({ facts, pid }: Process): number {
  return facts === null ? Number.MAX_SAFE_INTEGER - 4_194_304 + pid : facts.startedUs;
}
