/**
 * A call into another object goes through a slot, which the loader has filled with the function of a name: `call stub` →
 * `jmp *slot(%rip)`, or `call *slot(%rip)` at once; a relocation says the slot's name. x86-64; elsewhere none is known.
 */
import { type Bytes, readU64 } from "../bytes.ts";
import type { Call } from "./call.ts";
import { type Elf, SHT_RELA, sectionBytes } from "./elf.ts";
import { codeAt, dataAt, isCode } from "./places.ts";
import { nameAt } from "./symbols.ts";

const RELA_BYTES = 24;
const RELA_MAX_BYTES = RELA_BYTES * 200_000;
const SYMBOL_BYTES = 24;
const R_X86_64_GLOB_DAT = 6;
const R_X86_64_JUMP_SLOT = 7;
const R_X86_64_RELATIVE = 8;
const STUB_BYTES = 16;
/** An honest file has two, one for data and one for stubs. */
const TABLES_MAX = 8;

/** What a call leads to: an address of this file, or the name of something elsewhere; null where only running it tells. */
export function calleeOf(elf: Elf, bytes: Bytes, call: Call): number | string | null {
  if (call === "unknown") return null;
  if ("slot" in call) return elf.machine === "x86-64" ? behindSlot(elf, bytes, call.slot) : null;
  const slot = elf.machine === "x86-64" ? slotOf(codeAt(elf, bytes, call.target, STUB_BYTES), call.target) : null;
  return slot === null ? call.target : behindSlot(elf, bytes, slot);
}

/** endbr64 may come first, and bnd before the jump. */
function slotOf(code: Buffer, stub: number): number | null {
  let at = code.length >= 4 && code.readUInt32LE(0) === 0xfa1e0ff3 ? 4 : 0;
  if (code[at] === 0xf2) at++;
  const isJump = code[at] === 0xff && code[at + 1] === 0x25 && at + 6 <= code.length;
  return isJump ? stub + at + 6 + code.readInt32LE(at + 2) : null;
}

function behindSlot(elf: Elf, bytes: Bytes, slot: number): number | string | null {
  for (const section of elf.sections.filter(({ type }) => type === SHT_RELA).slice(0, TABLES_MAX)) {
    const table = sectionBytes(bytes, section, RELA_MAX_BYTES);
    const record = relocationOf(table, slot);
    const type = record?.readUInt32LE(8);
    if (record === undefined) continue;
    if (type === R_X86_64_RELATIVE) return readU64(record, 16);
    const isName = type === R_X86_64_JUMP_SLOT || type === R_X86_64_GLOB_DAT;
    return isName ? symbolName(elf, bytes, section.link, record.readUInt32LE(12)) : null;
  }
  return linkedAt(elf, bytes, slot);
}

/** What the linker has put there: of a program that is not moved, or whose relocations are packed (SHT_RELR). */
function linkedAt(elf: Elf, bytes: Bytes, slot: number): number | null {
  const value = dataAt(elf, bytes, slot, 8);
  const address = value.length === 8 ? readU64(value, 0) : Number.NaN;
  return isCode(elf, address) ? address : null;
}

/** Its place, kind, symbol and addend. */
function relocationOf(table: Buffer, slot: number): Buffer | undefined {
  for (let at = 0; at + RELA_BYTES <= table.length; at += RELA_BYTES) {
    if (readU64(table, at) === slot) return table.subarray(at, at + RELA_BYTES);
  }
  return undefined;
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
