/** The three ways in which a byte of code is told: in the process, in the file, and as the ELF's own virtual address. */
import type { Bytes } from "../bytes.ts";
import type { Elf, Segment } from "./elf.ts";

/** The virtual address of a byte of the file; null where the file is not loaded from. */
export function virtualAt(elf: Elf, fileOffset: number): number | null {
  const segment = elf.segments.find(({ offset, fileSize }) => fileOffset >= offset && fileOffset < offset + fileSize);
  return segment === undefined ? null : fileOffset - segment.offset + segment.virtual;
}

function segmentAt(elf: Elf, virtual: number): Segment | undefined {
  return elf.segments.find((segment) => virtual >= segment.virtual && virtual < segment.virtual + segment.fileSize);
}

export function isCode(elf: Elf, virtual: number): boolean {
  return segmentAt(elf, virtual)?.executable === true;
}

/** Up to `length` bytes of code from a virtual address on; fewer at its segment's end, none outside code. */
export function codeAt(elf: Elf, bytes: Bytes, virtual: number, length: number): Buffer {
  return isCode(elf, virtual) ? dataAt(elf, bytes, virtual, length) : Buffer.alloc(0);
}

/** The same of anything that is loaded. */
export function dataAt(elf: Elf, bytes: Bytes, virtual: number, length: number): Buffer {
  const segment = segmentAt(elf, virtual);
  if (segment === undefined) return Buffer.alloc(0);
  const into = virtual - segment.virtual;
  return bytes.read(segment.offset + into, Math.min(length, segment.fileSize - into));
}
