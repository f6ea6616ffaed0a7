/**
 * Bytes of NDJSON → values, as they come. Tuples of ours go the short way (wire/scan.ts),
 * everything else goes through ndjson. The only importer of ndjson, whose traps are kept away here: a line `null`
 * ends its stream, a line without end is quadratic, and a line that is not JSON disappears without a word. So only lines
 * that begin with `{` and are not too long go in, and what went in but did not come out is counted.
 */
import ndjson from "ndjson";
import { Scanner } from "../wire/scan.ts";

/** Longest line taken; bpftrace's longest of ours is some 400 bytes. */
export const LINE_MAX_BYTES = 65_536;
const NEWLINE = 10;
const BRACE = 123;
const CARRIAGE_RETURN = 13;

type Take = {
  /** Parsed, or a tuple of ours that is not yet: wire/message.ts tells. */
  readonly value: (value: unknown) => void;
  /** Called when lines were refused, with how many. */
  readonly refused: (count: number) => void;
};

export class Lines {
  // maxLength and skipOverflow are split2's, which ndjson passes on; its types do not say so.
  readonly #parser = ndjson.parse({ strict: false, maxLength: LINE_MAX_BYTES, skipOverflow: true } as {
    strict: boolean;
  });
  readonly #scanner = new Scanner();
  readonly #take: Take;
  /** The unfinished last line: its pieces, held back until it ends. */
  #rest: Buffer[] = [];
  #restBytes = 0;
  #skipping = false;
  #entered = 0;
  #left = 0;
  #refused = 0;

  constructor(take: Take) {
    this.#take = take;
    this.#parser.on("data", (value: unknown) => {
      this.#left++;
      take.value(value);
    });
  }

  /** Resolves when every whole line up to here has been taken or refused. */
  async write(chunk: Buffer): Promise<void> {
    const end = chunk.lastIndexOf(NEWLINE);
    if (end < 0) {
      this.#hold(chunk);
      return;
    }
    const whole = Buffer.concat([...this.#rest, chunk.subarray(0, end + 1)]);
    const wasSkipping = this.#skipping;
    this.#rest = [];
    this.#restBytes = 0;
    this.#skipping = false;
    this.#hold(chunk.subarray(end + 1));
    await this.#each(whole, wasSkipping);
  }

  /** The stream is over: a last line without newline was cut, and is refused. */
  async end(): Promise<void> {
    if (this.#restBytes > 0 || this.#skipping) this.#refused++;
    this.#rest = [];
    this.#restBytes = 0;
    await this.#enter([]);
    this.#parser.end();
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

  /** In the order in which they came, whichever way each goes. */
  async #each(bytes: Buffer, firstIsTail: boolean): Promise<void> {
    let isTail = firstIsTail;
    let others = 0;
    let start = 0;
    for (let end = bytes.indexOf(NEWLINE); end >= 0; end = bytes.indexOf(NEWLINE, start)) {
      const fits = end - start <= LINE_MAX_BYTES && !(isTail && start === 0);
      const tuple = fits ? this.#scanner.tuple(bytes, start) : undefined;
      if (tuple !== undefined) {
        if (others < start) await this.#enter(this.#guarded(bytes.subarray(others, start), isTail));
        isTail = false;
        others = end + 1;
        this.#take.value(tuple);
      }
      start = end + 1;
    }
    if (others < start) await this.#enter(this.#guarded(bytes.subarray(others, start), isTail));
  }

  /** The stretches of whole lines that may enter; counts those that may not. */
  #guarded(bytes: Buffer, firstIsTail: boolean): Buffer[] {
    const stretches: Buffer[] = [];
    let stretch = 0;
    let start = 0;
    let tail = firstIsTail;
    for (let end = bytes.indexOf(NEWLINE); end >= 0; end = bytes.indexOf(NEWLINE, start)) {
      const fits = !tail && bytes[start] === BRACE && end - start <= LINE_MAX_BYTES;
      if (fits) this.#entered++;
      else {
        if (stretch < start) stretches.push(bytes.subarray(stretch, start));
        stretch = end + 1;
        if (tail || !isBlank(bytes, start, end)) this.#refused++;
      }
      tail = false;
      start = end + 1;
    }
    if (stretch < start) stretches.push(bytes.subarray(stretch, start));
    return stretches;
  }

  async #enter(stretches: readonly Buffer[]): Promise<void> {
    for (const stretch of stretches) {
      await new Promise<void>((resolve) => this.#parser.write(stretch, () => resolve()));
    }
    while (this.#parser.readableLength > 0) await new Promise((resolve) => setImmediate(resolve));
    const refused = this.#refused + this.#entered - this.#left;
    this.#entered = 0;
    this.#left = 0;
    this.#refused = 0;
    if (refused > 0) this.#take.refused(refused);
  }
}

function isBlank(bytes: Buffer, start: number, end: number): boolean {
  return end === start || (end === start + 1 && bytes[start] === CARRIAGE_RETURN);
}
