/** What a trace line needs to know of a socket's past: bounded, least recently touched forgotten first. */
import type { Address, SocketEvent } from "../model/event.ts";
import { isBirth, type TcpState } from "../model/state.ts";

type LifeOwner = { readonly pid: number; readonly comm: string; readonly fd: number | null };

/** As of one event: durations up to it. Null: its start was not seen. */
export type Life = {
  readonly local: Address | null;
  readonly remote: Address | null;
  readonly owner: LifeOwner | null;
  /** In the state that this event leaves, or finds. */
  readonly inStateUs: number | null;
  readonly livedUs: number | null;
  /** Null too for a socket that never was in CLOSE_WAIT. */
  readonly closeWaitUs: number | null;
};

type Known = {
  local: Address | null;
  remote: Address | null;
  owner: LifeOwner | null;
  bornUs: number | null;
  state: TcpState | null;
  sinceUs: number | null;
  /** Entered; kept after it was left, together with when. */
  closeWait: { fromUs: number; toUs: number | null } | null;
};

const MEMORY = 50_000;

export class Lives {
  readonly #known = new Map<string, Known>();
  readonly #memory: number;

  constructor(memory = MEMORY) {
    this.#memory = memory;
  }

  get size(): number {
    return this.#known.size;
  }

  apply(event: SocketEvent): Life {
    const known = this.#touch(event.sock);
    known.local = event.local ?? known.local;
    known.remote = event.remote ?? known.remote;
    if (event.type === "open") known.owner = event;
    const life = asOf(event, known);
    if (event.type === "state") move(known, event);
    // After "close" and "tcp_close" the kernel still says goodbye to the peer: FIN_WAIT1, LAST_ACK, CLOSE.
    if (event.type === "close" && (event.how === "destroyed" || event.how === "replaced"))
      this.#known.delete(event.sock);
    return life;
  }

  #touch(sock: string): Known {
    const known = this.#known.get(sock) ?? {
      local: null,
      remote: null,
      owner: null,
      bornUs: null,
      state: null,
      sinceUs: null,
      closeWait: null,
    };
    this.#known.delete(sock);
    this.#known.set(sock, known);
    if (this.#known.size > this.#memory) {
      for (const oldest of this.#known.keys()) {
        this.#known.delete(oldest);
        break;
      }
    }
    return known;
  }
}

function asOf(event: SocketEvent, known: Known): Life {
  const { closeWait } = known;
  const misses = event.type === "state" && known.state !== null && known.state !== event.from;
  return {
    local: known.local,
    remote: known.remote,
    owner: known.owner,
    inStateUs: known.sinceUs === null || misses ? null : event.atUs - known.sinceUs,
    livedUs: known.bornUs === null ? null : event.atUs - known.bornUs,
    closeWaitUs: closeWait === null ? null : (closeWait.toUs ?? event.atUs) - closeWait.fromUs,
  };
}

function move(known: Known, { from, to, atUs }: SocketEvent & { type: "state" }): void {
  if (isBirth(from, to)) {
    known.bornUs = atUs;
    known.closeWait = null;
  }
  if (from !== to) known.sinceUs = atUs;
  known.state = to;
  if (to === "CLOSE_WAIT" && from !== to) known.closeWait = { fromUs: atUs, toUs: null };
  if (from === "CLOSE_WAIT" && to !== from && known.closeWait !== null) known.closeWait.toUs ??= atUs;
}
