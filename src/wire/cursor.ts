/**
 * Reads JSON as our side of the pipe prints it, byte by byte: integers and plain texts, without a text of the line. What it
 * finds written otherwise (escapes, bytes above ASCII, blanks, fractions) makes it `broken`: that is JSON.parse's.
 *
 * A text that was there a moment ago is not made again: names, addresses and ids come by the thousand, and each one made is
 * hashed once more wherever it is looked up.
 */
const [QUOTE, MINUS, ZERO, NINE, BACKSLASH, BLANK, DELETE] = [34, 45, 48, 57, 92, 32, 127];
/** Longer than any address, id or name of a process. */
const TEXT_MAX_BYTES = 64;
/** Texts remembered, each where its hash says: of the last thousands of lines. */
const TEXTS = 16_384;

export class Cursor {
  bytes: Buffer = Buffer.alloc(0);
  at = 0;
  /** Something was not as it should be; whatever was read since means nothing. */
  broken = false;
  readonly #texts: string[] = new Array(TEXTS).fill("");

  begin(bytes: Buffer, at: number): void {
    this.bytes = bytes;
    this.at = at;
    this.broken = false;
  }

  /** Whether these bytes come next; then it is behind them. */
  skip(wanted: Buffer): boolean {
    if (!isAt(this.bytes, this.at, wanted)) return false;
    this.at += wanted.length;
    return true;
  }

  integer(): number {
    const bytes = this.bytes;
    const isNegative = bytes[this.at] === MINUS;
    const first = isNegative ? this.at + 1 : this.at;
    let at = first;
    let value = 0;
    for (let byte = bytes[at] as number; byte >= ZERO && byte <= NINE; byte = bytes[++at] as number) {
      value = value * 10 + (byte - ZERO);
    }
    this.at = at;
    // No digit; or one that JSON begins no integer with (and -0 would be another value than 0).
    if (at === first || (bytes[first] === ZERO && (isNegative || at > first + 1))) this.broken = true;
    // Summed up digit by digit it would be rounded more than once.
    if (value > Number.MAX_SAFE_INTEGER) value = Number(bytes.toString("latin1", first, at));
    return isNegative ? -value : value;
  }

  text(): string {
    const bytes = this.bytes;
    if (bytes[this.at] !== QUOTE) this.broken = true;
    const start = this.at + 1;
    let at = start;
    let hash = 0;
    for (let byte = bytes[at] as number; byte !== QUOTE; byte = bytes[++at] as number) {
      // Of what lies behind the last byte nothing is true.
      if (!(byte >= BLANK && byte < DELETE) || byte === BACKSLASH || at - start === TEXT_MAX_BYTES) {
        this.broken = true;
        return "";
      }
      hash = (Math.imul(hash, 31) + byte) | 0;
    }
    this.at = at + 1;
    return this.#known(hash, start, at);
  }

  #known(hash: number, start: number, end: number): string {
    const place = (hash ^ (hash >>> 14)) & (TEXTS - 1);
    const known = this.#texts[place] as string;
    if (isText(this.bytes, start, end, known)) return known;
    const text = this.bytes.toString("latin1", start, end);
    this.#texts[place] = text;
    return text;
  }
}

export function isAt(bytes: Buffer, start: number, wanted: Buffer): boolean {
  for (let i = 0; i < wanted.length; i++) if (bytes[start + i] !== wanted[i]) return false;
  return true;
}

function isText(bytes: Buffer, start: number, end: number, text: string): boolean {
  if (text.length !== end - start) return false;
  for (let i = 0; i < text.length; i++) if (bytes[start + i] !== text.charCodeAt(i)) return false;
  return true;
}
