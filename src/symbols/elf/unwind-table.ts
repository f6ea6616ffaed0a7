/**
 * Where functions begin, of a file without symbols: exceptions need it, so compilers write it for every function and
 * strip leaves it (LSB Core, "Exception Frames"). .eh_frame_hdr is a sorted table of (function, its record in .eh_frame).
 * Only in the encodings that linkers use; nothing is said where they differ.
 */
import type { Bytes } from "../bytes.ts";
import { type Elf, SHT_NOBITS, sectionNamed } from "./elf.ts";
import { dataAt } from "./places.ts";

/** Version 1; the pointer to .eh_frame 4 bytes from here, the count 4 bytes, the table 4-byte offsets from the header. */
const HEADER = Buffer.from([1, 0x1b, 0x03, 0x3b]);
const HEADER_BYTES = 12;
const ENTRY_BYTES = 8;

/** `record`: its virtual address in .eh_frame. */
export type Extent = { readonly start: number; readonly end: number; readonly record: number };

/** Of the function that covers a virtual address; null where that is not certain. */
export function extentAt(elf: Elf, bytes: Bytes, virtual: number): Extent | null {
  const section = sectionNamed(elf, ".eh_frame_hdr");
  if (section === undefined || section.type === SHT_NOBITS || Number.isNaN(section.offset)) return null;
  const header = bytes.read(section.offset, HEADER_BYTES);
  if (header.length < HEADER_BYTES || !header.subarray(0, 4).equals(HEADER)) return null;
  const entryAt = (index: number) => {
    const entry = bytes.read(section.offset + HEADER_BYTES + index * ENTRY_BYTES, ENTRY_BYTES);
    if (entry.length < ENTRY_BYTES) return null;
    return { start: section.virtual + entry.readInt32LE(0), record: section.virtual + entry.readInt32LE(4) };
  };
  let [low, high] = [0, header.readUInt32LE(8)];
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    const entry = entryAt(middle);
    if (entry === null || entry.start > virtual) high = middle;
    else low = middle + 1;
  }
  const found = low === 0 ? null : entryAt(low - 1);
  const end = found === null ? 0 : endOf(elf, bytes, found);
  return found !== null && virtual < end ? { ...found, end } : null;
}

/** A record: its size, the way to its encoding, the function's start (from here) and size. 0 where it is another one's. */
function endOf(elf: Elf, bytes: Bytes, { start, record }: { start: number; record: number }): number {
  const fields = dataAt(elf, bytes, record, 16);
  if (fields.length < 16 || record + 8 + fields.readInt32LE(8) !== start) return 0;
  return start + fields.readUInt32LE(12);
}
