import type { TcpState } from "../../model/state.ts";
import type { SocketPayload } from "./payload.ts";

/** Sampled a round: a process of 200 threads takes 33 ms of the worker. */
const MOST = 32;

/** The processes that hold most of what lingers or is gone; for what was never accepted, those that listen there. */
export class Suspects {
  readonly #lingering: ReadonlySet<TcpState>;
  readonly #counts = new Map<number, number>();
  readonly #listeners: SocketPayload[] = [];
  readonly #waiting = new Map<string, number>();

  constructor(lingering: ReadonlySet<TcpState>) {
    this.#lingering = lingering;
  }

  add(socket: SocketPayload): void {
    const { state, inode, segsIn } = socket;
    if (state === "LISTEN") this.#listeners.push(socket);
    else if (this.#lingering.has(state) || (state === "CLOSE" && segsIn !== 0)) {
      this.#count(socket, 1);
      if (inode === 0) this.#waiting.set(doorOf(socket), (this.#waiting.get(doorOf(socket)) ?? 0) + 1);
    }
  }

  most(): ReadonlySet<number> {
    for (const listener of this.#listeners) this.#count(listener, this.#waiting.get(doorOf(listener)) ?? 0);
    const ranked = [...this.#counts].sort(([, a], [, b]) => b - a);
    return new Set(ranked.slice(0, MOST).map(([pid]) => pid));
  }

  /** Once a process, whatever the number of its fds. */
  #count({ holders }: SocketPayload, times: number): void {
    if (times === 0) return;
    for (const [at, { pid }] of holders.entries()) {
      if (holders.findIndex((holder) => holder.pid === pid) !== at) continue;
      this.#counts.set(pid, (this.#counts.get(pid) ?? 0) + times);
    }
  }
}

function doorOf({ netns, local }: SocketPayload): string {
  return `${netns} ${local?.port}`;
}
