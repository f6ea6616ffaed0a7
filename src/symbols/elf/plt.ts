/**
 * A call into another object goes to a stub, which jumps to the address in a slot, which the loader has filled with the
 * function of a name: `call stub` → `jmp *slot(%rip)` → a relocation says the name. x86-64; elsewhere no stub is known.
 */
import { type Bytes, readU64 } from "../bytes.ts";
import { type Elf, SHT_RELA, sectionBytes } from "./elf.ts";
import { codeAt } from "./places.ts";
import { nameAt } from "./symbols.ts";

const RELA_BYTES = 24;
const RELA_MAX_BYTES = RELA_BYTES * 200_000;
const SYMBOL_BYTES = 24;
const R_X86_64_GLOB_DAT = 6;
const R_X86_64_JUMP_SLOT = 7;
const STUB_BYTES = 16;

/** The name that the stub at a virtual address leads to; null where there is no stub, or of no name. */
export function importAt(elf: Elf, bytes: Bytes, stub: number): string | null {
  if (elf.machine !== "x86-64") return null;
  const slot = slotOf(codeAt(elf, bytes, stub, STUB_BYTES), stub);
  return slot === null ? null : importIn(elf, bytes, slot);
}

/** endbr64 may come first, and bnd before the jump. */
function slotOf(code: Buffer, stub: number): number | null {
  let at = code.length >= 4 && code.readUInt32LE(0) === 0xfa1e0ff3 ? 4 : 0;
  if (code[at] === 0xf2) at++;
  const isJump = code[at] === 0xff && code[at + 1] === 0x25 && at + 6 <= code.length;
  return isJump ? stub + at + 6 + code.readInt32LE(at + 2) : null;
}

function importIn(elf: Elf, bytes: Bytes, slot: number): string | null {
  for (const section of elf.sections) {
    if (section.type !== SHT_RELA) continue;
    const table = sectionBytes(bytes, section, RELA_MAX_BYTES);
    const index = symbolOf(table, slot);
    if (index !== null) return symbolName(elf, bytes, section.link, index);
  }
  return null;
}

function symbolOf(relocations: Buffer, slot: number): number | null {
  for (let at = 0; at + RELA_BYTES <= relocations.length; at += RELA_BYTES) {
    if (readU64(relocations, at) !== slot) continue;
    const type = relocations.readUInt32LE(at + 8);
    if (type === R_X86_64_JUMP_SLOT || type === R_X86_64_GLOB_DAT) return relocations.readUInt32LE(at + 12);
  }
  return null;
}

function symbolName(elf: Elf, bytes: Bytes, table: number, index: number): string | null {
  const symbols = elf.sections[table];
  const strings = elf.sections[symbols?.link ?? 0];
  if (symbols === undefined || strings === undefined) return null;
  const at = symbols.offset + index * SYMBOL_BYTES;
  if (Number.isNaN(at + strings.offset)) return null;
  const symbol = bytes.read(at, SYMBOL_BYTES);
  return symbol.length < SYMBOL_BYTES ? null : nameAt(bytes, strings.offset + symbol.readUInt32LE(0));
}
