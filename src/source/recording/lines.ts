/** Bytes → lines, whole ones, as they lie there. A line that is longer than any of ours is skipped, not held. */

/** The longest of ours tells a socket with some thousand holders. */
export const LINE_MAX_BYTES = 1024 * 1024;
const NEWLINE = 10;

/** Where a line lies: its bytes, its newline not among them. They are the reader's no longer than the call. */
export type Line = {
  bytes: Buffer;
  start: number;
  end: number;
  /** In the file, from 1. */
  number: number;
};

export type LineSink = {
  readonly line: (line: Readonly<Line>) => void;
  readonly tooLong: (number: number) => void;
  /** What comes after the last newline: whole, or the beginning of a line that was cut. */
  readonly rest: (line: Readonly<Line>) => void;
};

export class LineReader {
  readonly #sink: LineSink;
  /** The same one each time: millions come by. */
  readonly #line: Line = { bytes: Buffer.alloc(0), start: 0, end: 0, number: 0 };
  #rest: Buffer[] = [];
  #restBytes = 0;
  #skipping = false;

  constructor(sink: LineSink) {
    this.#sink = sink;
  }

  write(chunk: Buffer): void {
    const first = chunk.indexOf(NEWLINE);
    if (first < 0) {
      this.#hold(chunk);
      return;
    }
    this.#first(chunk.subarray(0, first + 1));
    let start = first + 1;
    for (let end = chunk.indexOf(NEWLINE, start); end >= 0; end = chunk.indexOf(NEWLINE, start)) {
      this.#one(chunk, start, end);
      start = end + 1;
    }
    this.#hold(chunk.subarray(start));
  }

  /** The stream is over. */
  end(): void {
    if (this.#skipping) this.#tooLong();
    else if (this.#restBytes > 0) this.#sink.rest(this.#at(Buffer.concat(this.#rest), 0, this.#restBytes));
    this.#forget();
  }

  /** The line that ends with the first newline of a chunk: its beginning may be of those before. */
  #first(end: Buffer): void {
    if (this.#skipping) this.#tooLong();
    else {
      const whole = this.#restBytes === 0 ? end : Buffer.concat([...this.#rest, end]);
      this.#one(whole, 0, whole.length - 1);
    }
    this.#forget();
  }

  #one(bytes: Buffer, start: number, end: number): void {
    if (end - start > LINE_MAX_BYTES) this.#tooLong();
    else {
      const line = this.#at(bytes, start, end);
      if (end > start) this.#sink.line(line);
    }
  }

  #at(bytes: Buffer, start: number, end: number): Line {
    const line = this.#line;
    line.bytes = bytes;
    line.start = start;
    line.end = end;
    line.number += 1;
    return line;
  }

  #tooLong(): void {
    this.#sink.tooLong(++this.#line.number);
  }

  #hold(piece: Buffer): void {
    if (piece.length === 0 || this.#skipping) return;
    this.#rest.push(piece);
    this.#restBytes += piece.length;
    if (this.#restBytes <= LINE_MAX_BYTES) return;
    this.#forget();
    this.#skipping = true;
  }

  #forget(): void {
    this.#rest = [];
    this.#restBytes = 0;
    this.#skipping = false;
  }
}
