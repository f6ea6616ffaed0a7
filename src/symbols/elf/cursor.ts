/** Reads numbers one after the other as DWARF writes them (DWARF 5, 7.6). Errors: RangeError beyond the end. */
export class Cursor {
  readonly #bytes: Buffer;
  #at: number;

  constructor(bytes: Buffer, at = 0) {
    this.#bytes = bytes;
    this.#at = at;
  }

  get isAtEnd(): boolean {
    return this.#at >= this.#bytes.length;
  }

  byte(): number {
    return this.#bytes.readUInt8(this.#at++);
  }

  /** Little-endian, of 1, 2 or 4 bytes. */
  fixed(length: number): number {
    const value = this.#bytes.readUIntLE(this.#at, length);
    this.#at += length;
    return value;
  }

  /** LEB128: seven bits a byte, the lowest first. Beyond 2^53 it is not exact. */
  unsigned(): number {
    let value = 0;
    for (let unit = 1; ; unit *= 128) {
      const byte = this.byte();
      value += (byte & 0x7f) * unit;
      if (byte < 0x80) return value;
    }
  }

  signed(): number {
    let value = 0;
    for (let unit = 1; ; unit *= 128) {
      const byte = this.byte();
      value += (byte & 0x7f) * unit;
      if (byte < 0x80) return byte & 0x40 ? value - unit * 128 : value;
    }
  }

  skip(length: number): void {
    if (this.#at + length > this.#bytes.length) throw new RangeError("beyond the end");
    this.#at += length;
  }

  take(length: number): Cursor {
    const from = this.#at;
    this.skip(length);
    return new Cursor(this.#bytes.subarray(from, this.#at));
  }
}
