/** Sockets that left the tracker's map not long ago, in a ring: by id, the oldest overwritten. */
import type { Endpoint } from "./endpoint.ts";

export class Recent {
  readonly #ring: (Endpoint | undefined)[];
  readonly #byId = new Map<string, Endpoint>();
  #next = 0;

  constructor(limit: number) {
    this.#ring = new Array<Endpoint | undefined>(limit).fill(undefined);
  }

  get size(): number {
    return this.#byId.size;
  }

  get(id: string): Endpoint | undefined {
    return this.#byId.get(id);
  }

  some(fits: (endpoint: Endpoint) => boolean): boolean {
    for (const endpoint of this.#byId.values()) if (fits(endpoint)) return true;
    return false;
  }

  /** Adds one; returns the one it pushed out. */
  push(endpoint: Endpoint): Endpoint | undefined {
    const out = this.#ring[this.#next];
    if (out !== undefined) this.#delete(out);
    this.#ring[this.#next] = endpoint;
    this.#next = (this.#next + 1) % this.#ring.length;
    this.#byId.set(endpoint.id, endpoint);
    if (endpoint.secondId !== null) this.#byId.set(endpoint.secondId, endpoint);
    return out;
  }

  #delete(out: Endpoint): void {
    for (const id of [out.id, out.secondId]) if (id !== null && this.#byId.get(id) === out) this.#byId.delete(id);
  }
}
