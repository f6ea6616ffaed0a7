/**
 * A call into another object goes through a slot, which the loader has filled with the function of a name: `call stub` →
 * `jmp *slot(%rip)`, or `call *slot(%rip)` at once; a relocation says the slot's name. So on x86-64, and in other words on arm64.
 */
import { type Bytes, readU64 } from "../bytes.ts";
import { stubSlot } from "./arm64.ts";
import type { Call } from "./call.ts";
import { type Elf, SHT_RELA, sectionBytes } from "./elf.ts";
import { codeAt, dataAt, isCode } from "./places.ts";
import { nameAt } from "./symbols.ts";

const RELA_BYTES = 24;
const RELA_MAX_BYTES = RELA_BYTES * 100_000;
/** An honest file has two, one for data and one for stubs. */
const TABLES_MAX = 4;
const SYMBOL_BYTES = 24;
/** The psABIs' relocation types. */
const NAMED: Readonly<Record<Elf["machine"], readonly number[]>> = {
  "x86-64": [6, 7], // GLOB_DAT, JUMP_SLOT
  arm64: [1025, 1026],
};
const RELATIVE: Readonly<Record<Elf["machine"], number>> = { "x86-64": 8, arm64: 1027 };
const STUB_BYTES = 16;

/** Slot → an address of this file, or where its symbol is. */
export type Slots = ReadonlyMap<number, number | { readonly table: number; readonly index: number }>;

export function readSlots(elf: Elf, bytes: Bytes): Slots {
  const slots = new Map<number, number | { table: number; index: number }>();
  const [named, relative] = [NAMED[elf.machine], RELATIVE[elf.machine]];
  for (const section of elf.sections.filter(({ type }) => type === SHT_RELA).slice(0, TABLES_MAX)) {
    const records = sectionBytes(bytes, section, RELA_MAX_BYTES);
    for (let at = 0; at + RELA_BYTES <= records.length; at += RELA_BYTES) {
      const type = records.readUInt32LE(at + 8);
      if (type === relative) slots.set(readU64(records, at), readU64(records, at + 16));
      if (named.includes(type))
        slots.set(readU64(records, at), { table: section.link, index: records.readUInt32LE(at + 12) });
    }
  }
  return slots;
}

export type Code = { readonly elf: Elf; readonly bytes: Bytes; readonly slots: Slots };

/** What a call leads to: an address of this file, or the name of something elsewhere; null where only running it tells. */
export function calleeOf(code: Code, call: Call): number | string | null {
  if (call === "unknown") return null;
  if ("slot" in call) return behindSlot(code, call.slot);
  const stub = codeAt(code.elf, code.bytes, call.target, STUB_BYTES);
  const slot = code.elf.machine === "arm64" ? stubSlot(stub, call.target) : x86Slot(stub, call.target);
  return slot === null ? call.target : behindSlot(code, slot);
}

/** endbr64 may come first, and bnd before the jump. */
function x86Slot(stub: Buffer, address: number): number | null {
  let at = stub.length >= 4 && stub.readUInt32LE(0) === 0xfa1e0ff3 ? 4 : 0;
  if (stub[at] === 0xf2) at++;
  const isJump = stub[at] === 0xff && stub[at + 1] === 0x25 && at + 6 <= stub.length;
  return isJump ? address + at + 6 + stub.readInt32LE(at + 2) : null;
}

function behindSlot({ elf, bytes, slots }: Code, slot: number): number | string | null {
  const found = slots.get(slot) ?? linkedAt(elf, bytes, slot);
  return found === null || typeof found === "number" ? found : symbolName(elf, bytes, found.table, found.index);
}

/** What the linker has put there: of a program that is not moved, or whose relocations are packed (SHT_RELR). */
function linkedAt(elf: Elf, bytes: Bytes, slot: number): number | null {
  const value = dataAt(elf, bytes, slot, 8);
  const address = value.length === 8 ? readU64(value, 0) : Number.NaN;
  return isCode(elf, address) ? address : null;
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
