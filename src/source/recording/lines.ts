/** Bytes → lines, whole ones, decoded a chunk at a time. A line that is longer than any of ours is skipped, not held. */

/** The longest of ours tells a socket with some thousand holders. */
export const LINE_MAX_BYTES = 1024 * 1024;
const NEWLINE = 10;

export type LineSink = {
  /** With its number in the file, from 1. */
  readonly line: (text: string, number: number) => void;
  readonly tooLong: (number: number) => void;
  /** What comes after the last newline: whole, or the beginning of a line that was cut. */
  readonly rest: (text: string, number: number) => void;
};

export class LineReader {
  readonly #sink: LineSink;
  #rest: Buffer[] = [];
  #restBytes = 0;
  #skipping = false;
  #number = 0;

  constructor(sink: LineSink) {
    this.#sink = sink;
  }

  write(chunk: Buffer): void {
    const end = chunk.lastIndexOf(NEWLINE);
    if (end < 0) {
      this.#hold(chunk);
      return;
    }
    const head = chunk.subarray(0, end + 1);
    const whole = this.#restBytes === 0 ? head : Buffer.concat([...this.#rest, head]);
    let start = 0;
    if (this.#skipping) {
      start = whole.indexOf(NEWLINE) + 1;
      this.#sink.tooLong(++this.#number);
    }
    this.#rest = [];
    this.#restBytes = 0;
    this.#skipping = false;
    this.#lines(whole.toString("utf8", start));
    this.#hold(chunk.subarray(end + 1));
  }

  /** The stream is over. */
  end(): void {
    if (this.#skipping) this.#sink.tooLong(++this.#number);
    else if (this.#restBytes > 0) this.#sink.rest(Buffer.concat(this.#rest).toString("utf8"), ++this.#number);
    this.#rest = [];
    this.#restBytes = 0;
    this.#skipping = false;
  }

  #lines(text: string): void {
    let start = 0;
    for (let end = text.indexOf("\n"); end >= 0; end = text.indexOf("\n", start)) {
      this.#number += 1;
      if (end - start > LINE_MAX_BYTES) this.#sink.tooLong(this.#number);
      else if (end > start) this.#sink.line(text.slice(start, end), this.#number);
      start = end + 1;
    }
  }

  #hold(piece: Buffer): void {
    if (piece.length === 0 || this.#skipping) return;
    this.#rest.push(piece);
    this.#restBytes += piece.length;
    if (this.#restBytes <= LINE_MAX_BYTES) return;
    this.#rest = [];
    this.#restBytes = 0;
    this.#skipping = true;
  }
}
