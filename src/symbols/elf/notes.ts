/** The build id: the same in a program and in its file of debug information, however both are named. */
import type { Bytes } from "../bytes.ts";
import { type Elf, SHT_NOTE, sectionBytes } from "./elf.ts";

const NT_GNU_BUILD_ID = 3;
const NOTES_MAX_BYTES = 65_536;
const ID_MAX_BYTES = 64;

/** In hexadecimal; null where there is none. */
export function buildIdOf(elf: Elf, bytes: Bytes): string | null {
  for (const section of elf.sections) {
    if (section.type !== SHT_NOTE) continue;
    const id = findBuildId(sectionBytes(bytes, section, NOTES_MAX_BYTES));
    if (id !== null) return id;
  }
  return null;
}

/** A note is the sizes of its name and its content, its type, the name, the content; each padded to 4 bytes. */
function findBuildId(notes: Buffer): string | null {
  for (let at = 0; at + 12 <= notes.length; ) {
    const nameBytes = notes.readUInt32LE(at);
    const contentBytes = notes.readUInt32LE(at + 4);
    const nameAt = at + 12;
    const contentAt = nameAt + padded(nameBytes);
    const isGnu = notes.toString("latin1", nameAt, nameAt + 4) === "GNU\0";
    const content = notes.subarray(contentAt, contentAt + contentBytes);
    if (isGnu && notes.readUInt32LE(at + 8) === NT_GNU_BUILD_ID && contentBytes <= ID_MAX_BYTES)
      return content.length === contentBytes && contentBytes > 1 ? content.toString("hex") : null;
    at = contentAt + padded(contentBytes);
  }
  return null;
}

function padded(size: number): number {
  return Math.ceil(size / 4) * 4;
}
