/**
 * Which sockets a person asked for. Every source is filtered by this one rule, so a filter means the same everywhere.
 *
 * Ports, peer and namespace are known from a socket's first event (a local port from its second, when it connects); who
 * owns it, only when it is opened. Until then its events are held back, and then all go or none: a timeline is never cut.
 */
import { type Address, type Event, isSocketEvent, type SocketEvent } from "./event.ts";

export type Filter = {
  readonly pid?: number;
  /** Against the process's name, raw. */
  readonly comm?: (comm: string) => boolean;
  readonly localPort?: number;
  readonly peerPort?: number;
  /** Local or peer. */
  readonly port?: number;
  readonly peer?: (addr: string) => boolean;
  /** Inode of the network namespace. */
  readonly netns?: number;
};

type Verdict = "pass" | "drop" | "undecided";

/** A socket has a handful of events before its owner is known; one with more has none that we shall ever learn. */
const HELD_MAX = 64;

export class EventFilter {
  readonly #filter: Filter;
  readonly #asksOwner: boolean;
  readonly #decided = new Map<string, "pass" | "drop">();
  readonly #held = new Map<string, SocketEvent[]>();
  #seq = 0;

  constructor(filter: Filter) {
    this.#filter = filter;
    this.#asksOwner = filter.pid !== undefined || filter.comm !== undefined;
  }

  /** The events that pass, numbered anew. Held ones come out when their socket's owner is known. */
  pass(events: readonly Event[]): Event[] {
    const passed: Event[] = [];
    for (const event of events) {
      for (const out of isSocketEvent(event) ? this.#ofSocket(event) : [event])
        passed.push({ ...out, seq: ++this.#seq });
    }
    return passed;
  }

  #ofSocket(event: SocketEvent): readonly SocketEvent[] {
    const verdict = this.#decided.get(event.sock) ?? this.#decide(event);
    const held = this.#held.get(event.sock) ?? [];
    if (verdict === "undecided") this.#held.set(event.sock, held.length < HELD_MAX ? [...held, event] : held);
    else {
      this.#held.delete(event.sock);
      this.#decided.set(event.sock, verdict);
    }
    if (isEnd(event)) {
      this.#decided.delete(event.sock);
      this.#held.delete(event.sock);
    }
    return verdict === "pass" ? [...held, event] : [];
  }

  #decide(event: SocketEvent): Verdict {
    const place = this.#place(event);
    if (place !== "pass" || !this.#asksOwner) return place;
    if (!("pid" in event) || event.pid === null) return "undecided";
    const { pid, comm } = this.#filter;
    return (pid === undefined || pid === event.pid) && (comm === undefined || comm(event.comm ?? "")) ? "pass" : "drop";
  }

  /** By what the socket itself is: "undecided" while a port that is asked for is not chosen yet. */
  #place({ local, remote, netns }: SocketEvent): Verdict {
    const { localPort, peerPort, port, peer } = this.#filter;
    if (this.#filter.netns !== undefined && netns !== this.#filter.netns) return netns === null ? "undecided" : "drop";
    if (peer !== undefined && remote !== null && !peer(remote.addr)) return "drop";
    if (peerPort !== undefined && remote !== null && remote.port !== peerPort) return "drop";
    const chosen = local !== null && local.port !== 0;
    if (localPort !== undefined && chosen && local.port !== localPort) return "drop";
    if (port !== undefined && chosen && local.port !== port && remote?.port !== port) return "drop";
    const waits = {
      local: localPort !== undefined && !chosen,
      port: port !== undefined && !chosen && !at(remote, port),
    };
    const unknownPeer = remote === null && (peer !== undefined || peerPort !== undefined);
    return waits.local || waits.port || unknownPeer ? "undecided" : "pass";
  }
}

function at(address: Address | null, port: number): boolean {
  return address?.port === port;
}

function isEnd(event: SocketEvent): boolean {
  return event.type === "close" && (event.how === "destroyed" || event.how === "replaced");
}
