/**
 * Every socket by its ids, in whichever phase, and how it comes and goes:
 *
 *   add ─→ known ──settle──→ ended, found by its id as long as it is in the ring of recent ones
 *
 * A socket that a census saw first has the census's name; when a probe tells of it, the probe's id is a second one.
 */
import { EndingsBook } from "./endings.ts";
import type { Endpoint } from "./endpoint.ts";
import { Ledger } from "./ledger.ts";
import { Recent } from "./recent.ts";
import { isSame, type Looks, SocketIndex } from "./socket-index.ts";

/**
 * Ended sockets kept by id: events that come after the end (destroyed after tcp_close, late ones) must find them
 * and not be taken for a socket first seen halfway. 50 ms of churn at 20,000 closes a second, 1 MB. Not more: every
 * one kept longer outlives the young generation, and the garbage collector is what costs most here.
 */
export const RECENT_LIMIT = 1024;
/** Sockets heard of that may never connect; forgotten oldest first, since a loss may hide their end. */
export const APART_LIMIT = 4096;

export class Sockets {
  readonly ledger = new Ledger();
  readonly endings = new EndingsBook();
  readonly listeners = new Set<Endpoint>();
  readonly #known = new Map<string, Endpoint>();
  #endedIds = 0;
  readonly #recent = new Recent(RECENT_LIMIT);
  readonly #apart = new Recent(APART_LIMIT);
  /** Seen by a census, and no probe has told of them yet. Made when a probe first tells of a socket under a new id. */
  #untold: SocketIndex | null = null;

  get size(): number {
    return this.#known.size - this.#endedIds;
  }

  get recentSize(): number {
    return this.#endedIds;
  }

  /** By id, live or ended not long ago. */
  get(id: string): Endpoint | undefined {
    return this.#known.get(id);
  }

  /** Each once, but for those that have ended. */
  *all(): Iterable<Endpoint> {
    for (const [id, endpoint] of this.#known) if (id === endpoint.id && endpoint.phase !== "ended") yield endpoint;
  }

  add(endpoint: Endpoint): void {
    // A new life under the id of one that has ended (the tracker's rebirth).
    if (this.#known.get(endpoint.id)?.phase === "ended") this.#endedIds -= 1;
    this.#known.set(endpoint.id, endpoint);
  }

  /** One that a census saw first. */
  addUntold(endpoint: Endpoint): void {
    this.add(endpoint);
    this.#untold?.add(endpoint);
  }

  /** A probe tells of a socket under an id not heard before: perhaps a census has seen it. */
  recognize(id: string, looks: Looks): Endpoint | undefined {
    this.#untold ??= new SocketIndex([...this.all()].filter(({ traced }) => !traced));
    const endpoint = this.#untold.find(looks);
    if (endpoint === undefined) return undefined;
    this.#untold.delete(endpoint);
    endpoint.secondId = id;
    this.#known.set(id, endpoint);
    return endpoint;
  }

  /** Whether such a one has ended just now. */
  hasEnded(looks: Looks): boolean {
    return this.#recent.some(
      (endpoint) =>
        this.#known.get(endpoint.id) === endpoint && (sameInode(endpoint, looks) || isSameEnds(endpoint, looks)),
    );
  }

  setApart(endpoint: Endpoint): void {
    const out = this.#apart.push(endpoint);
    if (out?.phase === "apart" && this.#known.get(out.id) === out && out !== endpoint) this.#forget(out);
  }

  setListening(endpoint: Endpoint, listens: boolean): void {
    endpoint.phase = listens ? "listener" : "apart";
    if (listens) this.listeners.add(endpoint);
    else this.listeners.delete(endpoint);
  }

  settle(endpoint: Endpoint, how: "closed" | "lost", atUs: number): void {
    this.#retire(endpoint);
    this.listeners.delete(endpoint);
    if (endpoint.phase !== "live") {
      endpoint.phase = "ended";
      return;
    }
    if (endpoint.closer === null && endpoint.connected) {
      this.endings.record(endpoint, "unknown", { us: atUs, establishedMs: null });
    }
    this.ledger.settle(endpoint, how, atUs);
  }

  #retire(endpoint: Endpoint): void {
    if (!endpoint.traced) this.#untold?.delete(endpoint);
    this.#endedIds += endpoint.secondId === null ? 1 : 2;
    const out = this.#recent.push(endpoint);
    if (out !== undefined) this.#endedIds -= this.#forget(out);
  }

  /** Returns how many ids it had; one that another has taken over is that one's. */
  #forget(endpoint: Endpoint): number {
    const { id, secondId } = endpoint;
    let ids = 0;
    if (this.#known.get(id) === endpoint && this.#known.delete(id)) ids += 1;
    if (secondId !== null && this.#known.get(secondId) === endpoint && this.#known.delete(secondId)) ids += 1;
    return ids;
  }
}

function sameInode(endpoint: Endpoint, { inode }: Looks): boolean {
  return inode !== null && inode > 0 && endpoint.inode === inode;
}

/** Without an inode, only the ends can tell. */
function isSameEnds(endpoint: Endpoint, looks: Looks): boolean {
  return !looks.inode && looks.remote !== null && isSame(endpoint, looks);
}
