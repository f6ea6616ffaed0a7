/**
 * What the gate holds against a command: sockets whose peer had closed, and that its processes never closed.
 *
 *   peer closes ──── olderThanMs or more ────┬── exit of the last holder: kept as it was at that moment
 *                                            ├── close() by a runtime that takes down its world (CPython's exit): the same
 *                                            ├── close() in a process's last moments: either, so only possible
 *                                            ├── close(), exec: a close, however late; nothing is held against it
 *                                            └── the command and its grace are over, still held
 *
 * The tracker forgets a socket that ends, so whoever leaves one behind is written down here, with what was known of it then.
 */
import type { ProcessEvent } from "../model/census.ts";
import { Chronicle } from "../model/chronicle.ts";
import { type CloseEvent, type Event, type GapEvent, isSocketEvent } from "../model/event.ts";
import type { Snapshot, SocketView } from "../model/snapshot.ts";
import { Tracker } from "../model/tracker.ts";

/** What released it: its last holder's exit, the runtime's own end before that, perhaps that; null: nothing, it is held still. */
export type Release = "exit" | "runtime" | "last-moments" | null;

/** One socket and whose it was. */
export type Left = {
  readonly socket: SocketView;
  readonly pid: number | null;
  readonly comm: string | null;
  readonly facts: ProcessEvent | null;
  readonly release: Release;
};

/** Kept one by one; beyond it a suite leaks so much that the first ones tell all, and the others are counted. */
export const LEFT_MAX = 20_000;
/** What exit does to a socket with unread data, from its reset to its destruction: microseconds, unless the machine is busy. */
const TEARDOWN_US = 10_000;
/** From the word that a process exits to the last of its sockets. */
const EXIT_US = 1_000_000;
/** From a runtime's end to that of its process. What gave SIGINT its default before, or before the peer closed, meant something else. */
const RUNTIME_US = 2_000_000;
/** Node takes 8 ms from closing what was left open to its exit (measured: v20, three sockets), on a busy machine more. */
const LAST_MOMENTS_US = 50_000;

/**
 * `finalUs`: since when its runtime took down its world; `isGuess`: since when it only closed what it had found unclosed: what was
 * closed before may have been either's.
 */
type Exit = { readonly pid: number; readonly atUs: number; readonly finalUs: number | null; readonly isGuess: boolean };
/** Closed though its peer had closed long ago: a close, unless it turns out to have been its process's end. */
type Late = { readonly left: Left; readonly by: number; readonly atUs: number };

export class Watch {
  readonly tracker = new Tracker();
  readonly chronicle = new Chronicle(this.tracker);
  readonly #olderThanUs: number;
  readonly #left: Left[] = [];
  readonly #facts = new Map<number, ProcessEvent>();
  /** By namespace and port: the latest followed process that listens there. */
  readonly #listeners = new Map<string, number>();
  /** Sockets in CLOSE, as they were before. */
  readonly #before = new Map<string, { readonly atUs: number; readonly socket: SocketView }>();
  readonly #settled = new Set<string>();
  readonly #late: Late[] = [];
  readonly #exits = new Map<number, Exit[]>();
  readonly gaps: GapEvent[] = [];
  omitted = 0;

  constructor({ olderThanMs }: { readonly olderThanMs: number }) {
    this.#olderThanUs = olderThanMs * 1000;
  }

  take(events: readonly Event[]): void {
    for (const event of events) this.#take(event);
  }

  listens({ pid, netns, port }: { readonly pid: number; readonly netns: number; readonly port: number }): void {
    this.#listeners.set(`${netns} ${port}`, pid);
  }

  exits(exit: Exit): void {
    const before = this.#exits.get(exit.pid);
    if (before === undefined) this.#exits.set(exit.pid, [exit]);
    else before.push(exit);
  }

  /** As /proc tells it now; a pid's earlier owner is not asked for any more. */
  describe(facts: ProcessEvent): void {
    this.#facts.set(facts.pid, facts);
    this.tracker.apply(facts);
  }

  /** What was left behind by now: by exits, and held still. */
  left(snapshot: Snapshot): readonly Left[] {
    const standing = [...snapshot.ownerless, ...snapshot.processes.flatMap(({ unclosed }) => unclosed)];
    const held = standing.filter((socket) => this.#isOwed(socket) && !this.#settled.has(socket.id));
    const late = this.#late.flatMap((one) => this.#asReleased(one));
    return [...this.#left, ...late, ...held.map((socket) => this.#leftBy(socket, null))];
  }

  /** Unclosed sockets that still live, old enough or not. */
  get standing(): number {
    return this.tracker.counts().unclosed;
  }

  #take(event: Event): void {
    // What the kernel skips of a socket's moves shows when its process ends (source/follow.ts).
    if (event.type === "gap" && event.why === "recursion") return;
    if (event.type === "gap" && event.lost !== 0) this.gaps.push(event);
    if (isSocketEvent(event) && !this.#settled.has(event.sock)) {
      if (event.type === "close") this.#release(event);
      else if (event.type === "state" && event.to === "CLOSE") this.#remember(event.sock, event.atUs);
    }
    this.tracker.apply(event);
    this.chronicle.note(event);
  }

  #remember(sock: string, atUs: number): void {
    const socket = this.tracker.socket(sock, atUs);
    if (socket !== null && socket.state === "CLOSE_WAIT") this.#before.set(sock, { atUs, socket });
  }

  /** The first word of an end decides: the last holder let go, by exit or otherwise. */
  #release({ sock, atUs, exiting, how, pid }: CloseEvent): void {
    if (how === "replaced") return;
    const before = this.#before.get(sock);
    this.#before.delete(sock);
    const now = this.tracker.socket(sock, atUs);
    if (now === null) return;
    this.#settled.add(sock);
    const socket = before !== undefined && atUs - before.atUs < TEARDOWN_US ? before.socket : now;
    if (!this.#isOwed(socket)) return;
    if (this.#left.length + this.#late.length >= LEFT_MAX) this.omitted += exiting === true ? 1 : 0;
    else if (exiting === true) this.#left.push(this.#leftBy(socket, "exit"));
    else this.#noteLate(this.#leftBy(socket, null), { pid, atUs });
  }

  /** What waited in a queue ends with its listener: who ended that, it does not tell. */
  #noteLate(left: Left, { pid, atUs }: Pick<CloseEvent, "pid" | "atUs">): void {
    const by = pid ?? (left.socket.owner === null ? left.pid : null);
    if (by !== null) this.#late.push({ left, by, atUs });
  }

  #asReleased({ left, by, atUs }: Late): readonly Left[] {
    const exit = this.#exits.get(by)?.find((one) => one.atUs >= atUs - EXIT_US);
    if (exit === undefined) return [];
    if (exit.atUs <= atUs) return [{ ...left, release: "exit" }];
    const { finalUs, isGuess } = exit;
    // The program itself, before its runtime took down its world.
    if (finalUs !== null && finalUs > atUs && !isGuess) return [];
    const owedSinceUs = atUs - (left.socket.peerClosedUs ?? 0);
    if (finalUs !== null && finalUs <= atUs && finalUs > owedSinceUs && exit.atUs - finalUs < RUNTIME_US)
      return [{ ...left, release: "runtime" }];
    return exit.atUs - atUs < LAST_MOMENTS_US ? [{ ...left, release: "last-moments" }] : [];
  }

  /** The peer (its FIN or reset) had closed for so long. */
  #isOwed({ state, letGo, peerClosedUs }: SocketView): boolean {
    const unclosed = state === "CLOSE_WAIT" || (state === "CLOSE" && !letGo);
    return unclosed && peerClosedUs !== null && peerClosedUs >= this.#olderThanUs;
  }

  #leftBy(socket: SocketView, release: Release): Left {
    const { owner, local, netns } = socket;
    const listener = owner === null && local !== null ? this.#listeners.get(`${netns} ${local.port}`) : undefined;
    const pid = owner?.pid ?? listener ?? null;
    const facts = pid === null ? null : (this.#facts.get(pid) ?? null);
    return { socket, pid, comm: facts?.comm ?? owner?.comm ?? null, facts, release };
  }
}
