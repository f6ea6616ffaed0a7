/** A map that forgets: above its limit the least recently active entries go, unless they must be kept. */
export class Roster<Key, Value extends { lastUs: number }> {
  readonly #entries = new Map<Key, Value>();
  readonly #limit: number;
  readonly #mustKeep: (value: Value) => boolean;
  #sweepAbove: number;

  constructor(limit: number, mustKeep: (value: Value) => boolean) {
    this.#limit = limit;
    this.#mustKeep = mustKeep;
    this.#sweepAbove = limit;
  }

  get size(): number {
    return this.#entries.size;
  }

  get(key: Key): Value | undefined {
    return this.#entries.get(key);
  }

  values(): IterableIterator<Value> {
    return this.#entries.values();
  }

  set(key: Key, value: Value): void {
    this.#entries.set(key, value);
    if (this.#entries.size > this.#sweepAbove) this.#sweep(value);
  }

  /**
   * Drops an eighth more than needed, so that a flood of newcomers pays for one sort per limit/8 of them; and when
   * nearly all must be kept, waits for as many newcomers again before it looks once more.
   */
  #sweep(newcomer: Value): void {
    const room = Math.ceil(this.#limit / 8);
    const idle = [...this.#entries].filter(([, value]) => value !== newcomer && !this.#mustKeep(value));
    idle.sort(([, a], [, b]) => a.lastUs - b.lastUs);
    for (const [key] of idle.slice(0, this.#entries.size - this.#limit + room)) this.#entries.delete(key);
    this.#sweepAbove = Math.max(this.#limit, this.#entries.size + room);
  }
}
