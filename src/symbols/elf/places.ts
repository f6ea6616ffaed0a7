/** The three ways in which a byte of code is told: in the process, in the file, and as the ELF's own virtual address. */
import type { Bytes } from "../bytes.ts";
import type { Elf, Segment } from "./elf.ts";

/** The virtual address of a byte of the file; null where the file is not loaded from. */
export function virtualAt(elf: Elf, fileOffset: number): number | null {
  const segment = elf.segments.find(({ offset, fileSize }) => fileOffset >= offset && fileOffset < offset + fileSize);
  return segment === undefined ? null : fileOffset - segment.offset + segment.virtual;
}

function codeSegment(elf: Elf, virtual: number): Segment | undefined {
  return elf.segments.find(
    (segment) => segment.executable && virtual >= segment.virtual && virtual < segment.virtual + segment.fileSize,
  );
}

export function isCode(elf: Elf, virtual: number): boolean {
  return codeSegment(elf, virtual) !== undefined;
}

/** Up to `length` bytes of code from a virtual address on; fewer at its segment's end, none outside code. */
export function codeAt(elf: Elf, bytes: Bytes, virtual: number, length: number): Buffer {
  const segment = codeSegment(elf, virtual);
  if (segment === undefined) return Buffer.alloc(0);
  const into = virtual - segment.virtual;
  return bytes.read(segment.offset + into, Math.min(length, segment.fileSize - into));
}
