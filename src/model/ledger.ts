/**
 * All that is counted, kept up to date with every change so that a snapshot need not look at every socket:
 * opened + standing = closed + live + lost, always.
 */
import { type Endpoint, isUnclosed } from "./endpoint.ts";
import type { OpenEvent } from "./event.ts";
import { Processes } from "./processes.ts";
import type { Books } from "./snapshot.ts";
import type { TcpState } from "./state.ts";
import { StateCounts } from "./state-counts.ts";

export class Ledger {
  readonly processes = new Processes();
  readonly states = new StateCounts();
  /** Unclosed sockets of no known process. */
  readonly ownerless = new Set<Endpoint>();
  unclosed = 0;
  #opened = 0;
  #standing = 0;
  #closed = 0;
  #live = 0;
  #lost = 0;

  get live(): number {
    return this.#live;
  }

  books(): Books {
    const [opened, standing, closed, live, lost] = [this.#opened, this.#standing, this.#closed, this.#live, this.#lost];
    return { opened, standing, closed, live, lost };
  }

  begin(endpoint: Endpoint, born: boolean): void {
    endpoint.phase = "live";
    endpoint.halfway = !born;
    if (born) this.#opened += 1;
    else this.#standing += 1;
    this.#live += 1;
    this.states.add(endpoint.state);
  }

  /** Its birth arrived after an event of the same instant (connect tells open and CLOSE → SYN_SENT at once). */
  wasBorn(endpoint: Endpoint): void {
    endpoint.halfway = false;
    this.#standing -= 1;
    this.#opened += 1;
  }

  /** To be called after the state of a live endpoint changed. */
  moved(endpoint: Endpoint, from: TcpState): void {
    this.states.remove(from);
    this.states.add(endpoint.state);
    endpoint.process?.states.remove(from);
    endpoint.process?.states.add(endpoint.state);
  }

  /** Gives a live endpoint without an owner to the process that opened it. */
  adopt(endpoint: Endpoint, event: OpenEvent): void {
    if (endpoint.unclosed) this.ownerless.delete(endpoint);
    const process = this.processes.opening(event, event.atUs);
    endpoint.process = process;
    process.opened += 1;
    process.live.add(endpoint);
    process.states.add(endpoint.state);
    if (endpoint.unclosed) process.unclosed.add(endpoint);
  }

  /** Puts the endpoint into the unclosed ones or takes it out, as it stands now. */
  review(endpoint: Endpoint): void {
    const unclosed = isUnclosed(endpoint);
    if (unclosed === endpoint.unclosed) return;
    endpoint.unclosed = unclosed;
    const among = endpoint.process?.unclosed ?? this.ownerless;
    if (unclosed) among.add(endpoint);
    else among.delete(endpoint);
    this.unclosed += unclosed ? 1 : -1;
  }

  settle(endpoint: Endpoint, how: "closed" | "lost", atUs: number): void {
    endpoint.phase = "ended";
    this.review(endpoint);
    this.states.remove(endpoint.state);
    this.#live -= 1;
    if (how === "closed") this.#closed += 1;
    else this.#lost += 1;
    const process = endpoint.process;
    if (process === null) return;
    process.live.delete(endpoint);
    process.states.remove(endpoint.state);
    process.lastUs = Math.max(process.lastUs, atUs);
    if (how === "closed") process.closed += 1;
  }
}
