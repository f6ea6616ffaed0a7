/** Every nth of a sequence, n doubled as often as it takes to keep no more than so many: evenly spread, and the same each time. */
export class Sample<T> {
  readonly #limit: number;
  #kept: T[] = [];
  #every = 1;
  #seen = 0;
  #last: T | null = null;

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Whether the next one will be kept. */
  get wants(): boolean {
    return this.#seen % this.#every === 0;
  }

  add(item: T): void {
    this.#last = item;
    if (this.wants) this.#keep(item);
    this.skip();
  }

  /** One that nobody wanted. */
  skip(): void {
    this.#seen += 1;
  }

  /** In order, the latest that was given included. */
  all(): readonly T[] {
    return this.#last === null || this.#kept.at(-1) === this.#last ? [...this.#kept] : [...this.#kept, this.#last];
  }

  #keep(item: T): void {
    this.#kept.push(item);
    if (this.#kept.length < this.#limit) return;
    this.#kept = this.#kept.filter((_, index) => index % 2 === 0);
    this.#every *= 2;
  }
}
