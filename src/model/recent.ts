/** The latest so many sockets of one sort, in a ring: the oldest is pushed out. */
import type { Endpoint } from "./endpoint.ts";

export class Recent {
  readonly #ring: (Endpoint | undefined)[];
  #next = 0;

  constructor(limit: number) {
    this.#ring = new Array<Endpoint | undefined>(limit).fill(undefined);
  }

  some(fits: (endpoint: Endpoint) => boolean): boolean {
    return this.#ring.some((endpoint) => endpoint !== undefined && fits(endpoint));
  }

  /** Adds one; returns the one it pushed out. */
  push(endpoint: Endpoint): Endpoint | undefined {
    const out = this.#ring[this.#next];
    this.#ring[this.#next] = endpoint;
    this.#next = (this.#next + 1) % this.#ring.length;
    return out;
  }
}
