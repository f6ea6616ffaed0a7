/**
 * What a runtime writes about the code that it makes (linux: tools/perf/Documentation/jit-interface.txt): a line
 * "START SIZE name" each, start and size in hexadecimal. Code is moved and thrown away, and its place used again: of
 * lines that cover an address the last one holds.
 */
import { FIRST_CAPACITY, wider } from "../columns.ts";

const LINE_MAX_BYTES = 16_384;
const LINE_FEED = 10;
/** Java writes 0x before its numbers. */
const HEAD = /^(?:0x)?([0-9a-f]{1,16}) (?:0x)?([0-9a-f]{1,16}) /i;
const HEAD_MAX_BYTES = 40;

export class PerfMap {
  /** All that was read, and where each piece begins in it. */
  readonly #pieces: Buffer[] = [];
  readonly #bases: number[] = [];
  #bytes = 0;
  #rest: Buffer = Buffer.alloc(0);
  #count = 0;
  #starts = new Float64Array(FIRST_CAPACITY);
  #ends = new Float64Array(FIRST_CAPACITY);
  /** Where each name begins and ends. */
  #names = new Float64Array(FIRST_CAPACITY);
  #nameEnds = new Float64Array(FIRST_CAPACITY);

  get count(): number {
    return this.#count;
  }

  /** The file's next bytes, cut anywhere. */
  append(next: Buffer): void {
    const piece = this.#rest.length === 0 ? next : Buffer.concat([this.#rest, next]);
    this.#pieces.push(piece);
    this.#bases.push(this.#bytes);
    let from = 0;
    for (let end = piece.indexOf(LINE_FEED); end >= 0; end = piece.indexOf(LINE_FEED, from)) {
      this.#addLine(piece, from, end);
      from = end + 1;
    }
    this.#bytes += piece.length;
    // What has no end is no line.
    this.#rest = piece.length - from > LINE_MAX_BYTES ? Buffer.alloc(0) : piece.subarray(from);
  }

  /** From the newest line back: few addresses are asked for, and a million lines take a millisecond. */
  find(address: number): string | null {
    for (let i = this.#count - 1; i >= 0; i--) {
      if ((this.#starts[i] as number) <= address && address < (this.#ends[i] as number)) return this.#nameAt(i);
    }
    return null;
  }

  #nameAt(index: number): string {
    const from = this.#names[index] as number;
    const piece = this.#bases.findLastIndex((base) => base <= from);
    const base = this.#bases[piece] ?? 0;
    return this.#pieces[piece]?.toString("utf8", from - base, (this.#nameEnds[index] as number) - base) ?? "";
  }

  #addLine(piece: Buffer, from: number, to: number): void {
    const head = piece.toString("latin1", from, Math.min(to, from + HEAD_MAX_BYTES));
    const found = to - from > LINE_MAX_BYTES ? null : HEAD.exec(head);
    if (found === null) return;
    const start = Number.parseInt(found[1] ?? "", 16);
    const end = start + Number.parseInt(found[2] ?? "", 16);
    if (!Number.isSafeInteger(end) || end === start) return;
    if (this.#count === this.#starts.length) this.#grow();
    this.#starts[this.#count] = start;
    this.#ends[this.#count] = end;
    this.#names[this.#count] = this.#bytes + from + found[0].length;
    this.#nameEnds[this.#count] = this.#bytes + to;
    this.#count++;
  }

  #grow(): void {
    this.#starts = wider(this.#starts);
    this.#ends = wider(this.#ends);
    this.#names = wider(this.#names);
    this.#nameEnds = wider(this.#nameEnds);
  }
}
