/** Something that is read by offset: a file, or what was unpacked from one. */
export type Bytes = {
  readonly size: number;
  /** Shorter where it ends. */
  readonly read: (at: number, length: number) => Buffer;
};

export function bytesOf(buffer: Buffer): Bytes {
  return { size: buffer.length, read: (at, length) => buffer.subarray(at, at + length) };
}

/** A 64-bit little-endian number; NaN beyond 2^53, where no offset, size or user address lies. */
export function readU64(buffer: Buffer, at: number): number {
  const value = buffer.readUInt32LE(at) + buffer.readUInt32LE(at + 4) * 2 ** 32;
  return Number.isSafeInteger(value) ? value : Number.NaN;
}

/** The text up to the NUL at an offset, at most `max` bytes of it. */
export function textAt(bytes: Bytes, at: number, max: number): string {
  const piece = bytes.read(at, max);
  const end = piece.indexOf(0);
  return piece.toString("utf8", 0, end < 0 ? piece.length : end);
}
