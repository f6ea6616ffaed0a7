/** The functions of one object, by address: columns of numbers, so that a million of them are 40 MB and not 400. */
import { FIRST_CAPACITY, wider } from "../columns.ts";

export type SymbolRow = {
  readonly start: number;
  /** The first address behind it. */
  readonly end: number;
  /** False: its end is not its own but its section's. */
  readonly sized: boolean;
  /** Of several at one address the lowest is taken. */
  readonly rank: number;
  /** Where its name lies. */
  readonly name: number;
};

export type Found = Pick<SymbolRow, "start" | "name">;

/** How many symbols before an address are looked at that all end before it; a file made to hurt may nest millions. */
const STEPS_MAX = 10_000;

export class SymbolTable {
  #count = 0;
  #starts = new Float64Array(FIRST_CAPACITY);
  #ends = new Float64Array(FIRST_CAPACITY);
  #names = new Float64Array(FIRST_CAPACITY);
  /** Rank, and 8 for one without a size. */
  #marks = new Uint8Array(FIRST_CAPACITY);
  /** By start. */
  #order = new Uint32Array(0);
  /** Of the sized symbols up to here in that order, the farthest end. */
  #reach = new Float64Array(0);

  get count(): number {
    return this.#count;
  }

  add({ start, end, sized, rank, name }: SymbolRow): void {
    if (this.#count === this.#starts.length) this.#grow();
    this.#starts[this.#count] = start;
    this.#ends[this.#count] = end;
    this.#names[this.#count] = name;
    this.#marks[this.#count] = rank + (sized ? 0 : UNSIZED);
    this.#count++;
  }

  /** After the last `add`, before the first `find`. */
  sort(): void {
    const starts = this.#starts;
    this.#order = Uint32Array.from({ length: this.#count }, (_, i) => i).sort((a, b) => at(starts, a) - at(starts, b));
    this.#reach = new Float64Array(this.#count);
    let reach = 0;
    for (let i = 0; i < this.#count; i++) {
      const row = at(this.#order, i);
      if (this.#isSized(row)) reach = Math.max(reach, at(this.#ends, row));
      this.#reach[i] = reach;
    }
  }

  /**
   * The function that an address lies in: the innermost sized one that covers it; else the one before it, if that has no
   * size of its own. Null where nothing is certain.
   */
  find(address: number): Found | null {
    const last = this.#lastUpTo(address);
    let best = -1;
    let steps = 0;
    for (let i = last; i >= 0 && at(this.#reach, i) > address; i--) {
      const row = at(this.#order, i);
      if (best >= 0 && at(this.#starts, row) < at(this.#starts, best)) break;
      if (this.#isSized(row) && at(this.#ends, row) > address && this.#isBetter(row, best)) best = row;
      if (++steps > STEPS_MAX) return null;
    }
    if (best < 0) best = this.#unsizedUpTo(last, address);
    return best < 0 ? null : { start: at(this.#starts, best), name: at(this.#names, best) };
  }

  /** All names of what begins exactly here: a function may have several. */
  namesAt(start: number): readonly number[] {
    const names: number[] = [];
    for (let i = this.#lastUpTo(start); i >= 0 && names.length < 64; i--) {
      const row = at(this.#order, i);
      if (at(this.#starts, row) !== start) break;
      names.push(at(this.#names, row));
    }
    return names;
  }

  #isSized(row: number): boolean {
    return at(this.#marks, row) < UNSIZED;
  }

  #isBetter(row: number, best: number): boolean {
    return best < 0 || at(this.#marks, row) < at(this.#marks, best);
  }

  /** Only where the nearest symbol before the address is itself without a size. */
  #unsizedUpTo(last: number, address: number): number {
    let best = -1;
    for (let i = last; i >= 0 && last - i < 64; i--) {
      const row = at(this.#order, i);
      if (at(this.#starts, row) !== at(this.#starts, at(this.#order, last))) break;
      if (this.#isSized(row)) return -1;
      if (at(this.#ends, row) > address && this.#isBetter(row, best)) best = row;
    }
    return best;
  }

  /** The index of the last start at or before the address; −1 where all lie behind it. */
  #lastUpTo(address: number): number {
    let low = 0;
    let high = this.#order.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (at(this.#starts, at(this.#order, middle)) <= address) low = middle + 1;
      else high = middle;
    }
    return low - 1;
  }

  #grow(): void {
    this.#starts = wider(this.#starts);
    this.#ends = wider(this.#ends);
    this.#names = wider(this.#names);
    this.#marks = wider(this.#marks);
  }
}

const UNSIZED = 8;

/** An index that is known to be inside. */
function at(column: Float64Array | Uint32Array | Uint8Array, index: number): number {
  return column[index] as number;
}
