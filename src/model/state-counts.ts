/** How many sockets are in each state, kept as they move. */
import { STATE_NAMES, type TcpState } from "./state.ts";

export class StateCounts {
  readonly #counts = Object.fromEntries(STATE_NAMES.map((state) => [state, 0])) as Record<TcpState, number>;

  add(state: TcpState): void {
    this.#counts[state] += 1;
  }

  remove(state: TcpState): void {
    this.#counts[state] -= 1;
  }

  of(state: TcpState): number {
    return this.#counts[state];
  }

  /** Only the states that have any. */
  view(): Readonly<Partial<Record<TcpState, number>>> {
    const view: Partial<Record<TcpState, number>> = {};
    for (const state of STATE_NAMES) if (this.#counts[state] > 0) view[state] = this.#counts[state];
    return view;
  }
}
