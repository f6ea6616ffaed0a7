/** Reads symbol tables into a SymbolTable. Of each symbol 40 bytes are kept; names stay in the file. */
import { type Bytes, readU64, textAt } from "../bytes.ts";
import { type Elf, type Section, SHT_DYNSYM, SHT_SYMTAB } from "./elf.ts";
import { type SymbolRow, SymbolTable } from "./symbol-table.ts";

const SYMBOL_BYTES = 24;
const CHUNK_BYTES = SYMBOL_BYTES * 43_690;
/** Of one table: Chromium with everything has 3 million. */
const SYMBOLS_MAX = 4_000_000;
const NAME_MAX_BYTES = 2048;
const STT_NOTYPE = 0;
const STT_FUNC = 2;
const STT_GNU_IFUNC = 10;
const SHN_LORESERVE = 0xff00;

/** Where a symbol's name is: kept instead of the name itself. */
export type Names = { readonly bytes: Bytes; readonly section: Section };

/** All functions of .symtab and .dynsym. The table is bound to no open file: `nameOf` takes the bytes. */
export function readSymbols(elf: Elf, bytes: Bytes): SymbolTable {
  const table = new SymbolTable();
  for (const section of elf.sections) {
    if (section.type !== SHT_SYMTAB && section.type !== SHT_DYNSYM) continue;
    const strings = elf.sections[section.link];
    if (strings !== undefined) readTable({ elf, bytes, section, strings }, table);
  }
  table.sort();
  return table;
}

type Source = {
  readonly elf: Elf;
  readonly bytes: Bytes;
  readonly section: Section;
  readonly strings: Section;
};

function readTable({ elf, bytes, section, strings }: Source, table: SymbolTable): void {
  const size = Math.min(section.size, SYMBOLS_MAX * SYMBOL_BYTES);
  if (Number.isNaN(section.offset + size + strings.offset)) return;
  for (let done = 0; done < size; done += CHUNK_BYTES) {
    const chunk = bytes.read(section.offset + done, Math.min(CHUNK_BYTES, size - done));
    for (let at = 0; at + SYMBOL_BYTES <= chunk.length; at += SYMBOL_BYTES) {
      const row = parseSymbol(chunk, at, elf, strings);
      if (row !== null) table.add(row);
    }
    if (chunk.length < CHUNK_BYTES) return;
  }
}

/** Null for what names no code of this file. */
function parseSymbol(chunk: Buffer, at: number, elf: Elf, strings: Section): SymbolRow | null {
  const type = (chunk[at + 4] ?? 0) & 15;
  if (type !== STT_NOTYPE && type !== STT_FUNC && type !== STT_GNU_IFUNC) return null;
  const index = chunk.readUInt16LE(at + 6);
  const nameAt = chunk.readUInt32LE(at);
  if (index === 0 || index >= SHN_LORESERVE || nameAt === 0 || nameAt >= strings.size) return null;
  const section = elf.sections[index];
  const start = readU64(chunk, at + 8);
  if (section === undefined || !isExecutable(section)) return null;
  const sectionEnd = section.virtual + section.size;
  if (!(start >= section.virtual && start < sectionEnd)) return null;
  const size = readU64(chunk, at + 16);
  // Size 0: an assembler gave none. Then it reaches as far as nothing else is named, within its section.
  const end = size > 0 ? Math.min(start + size, sectionEnd) : sectionEnd;
  return { start, end, sized: size > 0, rank: rankOf(chunk[at + 4] ?? 0), name: strings.offset + nameAt };
}

const SHF_EXECINSTR = 4;

function isExecutable({ flags, virtual, size }: Section): boolean {
  return (flags & SHF_EXECINSTR) !== 0 && !Number.isNaN(virtual + size);
}

/** Of several names for one address: functions before labels, global before weak before local. */
function rankOf(info: number): number {
  const binding = info >> 4;
  return ((info & 15) === STT_NOTYPE ? 4 : 0) + (binding === 1 ? 0 : binding === 2 ? 1 : 2);
}

/** Mapping symbols ("$x") mark kinds of bytes on arm64 and name nothing. */
export function nameAt(bytes: Bytes, at: number): string | null {
  const name = textAt(bytes, at, NAME_MAX_BYTES);
  return name === "" || name.startsWith("$") ? null : name;
}
