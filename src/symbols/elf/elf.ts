/**
 * The parts of an ELF file that say where code and names lie (elf(5)): 64 bits, little-endian, x86-64 and arm64. Read by
 * offset and bounded, since the file may be huge, cut short, or made to hurt. The parsers on npm take whole files.
 */
import { type Bytes, readU64 } from "../bytes.ts";

export type Segment = {
  readonly virtual: number;
  readonly offset: number;
  readonly fileSize: number;
  readonly executable: boolean;
};

export type Section = {
  readonly name: string;
  readonly type: number;
  readonly virtual: number;
  readonly offset: number;
  readonly size: number;
  /** Another section's index: of a symbol table that of its strings. */
  readonly link: number;
  readonly flags: number;
};

export type Elf = {
  readonly machine: "x86-64" | "arm64";
  /** What is loaded (PT_LOAD). */
  readonly segments: readonly Segment[];
  readonly sections: readonly Section[];
};

export const SHT_SYMTAB = 2;
export const SHT_RELA = 4;
export const SHT_NOTE = 7;
/** Has a size and no bytes in the file, as all code in a file of debug information. */
export const SHT_NOBITS = 8;
export const SHT_DYNSYM = 11;
const PT_LOAD = 1;
const PF_X = 1;
const SHN_XINDEX = 0xffff;
const HEADER_BYTES = 64;
const SEGMENT_BYTES = 56;
const SECTION_BYTES = 64;
const SECTIONS_MAX = 65_536;
const NAMES_MAX_BYTES = 4 * 1024 * 1024;
const MACHINES: Readonly<Record<number, Elf["machine"]>> = { 62: "x86-64", 183: "arm64" };

/** Null for what is no ELF file that we can read. */
export function readElf(bytes: Bytes): Elf | null {
  const header = bytes.read(0, HEADER_BYTES);
  if (header.length < HEADER_BYTES || header.readUInt32BE(0) !== 0x7f454c46) return null;
  const machine = MACHINES[header.readUInt16LE(18)];
  const is64LittleEndian = header[4] === 2 && header[5] === 1;
  if (!is64LittleEndian || machine === undefined) return null;
  return { machine, segments: readSegments(bytes, header), sections: readSections(bytes, header) };
}

/** Fixed-size records, as many as there are. */
function records(table: Buffer, size: number): readonly Buffer[] {
  return Array.from({ length: Math.floor(table.length / size) }, (_, i) => table.subarray(i * size, (i + 1) * size));
}

function readSegments(bytes: Bytes, header: Buffer): readonly Segment[] {
  if (header.readUInt16LE(54) !== SEGMENT_BYTES) return [];
  const at = readU64(header, 32);
  const count = header.readUInt16LE(56);
  if (Number.isNaN(at)) return [];
  return records(bytes.read(at, count * SEGMENT_BYTES), SEGMENT_BYTES)
    .filter((record) => record.readUInt32LE(0) === PT_LOAD)
    .map((record) => ({
      virtual: readU64(record, 16),
      offset: readU64(record, 8),
      fileSize: readU64(record, 32),
      executable: (record.readUInt32LE(4) & PF_X) !== 0,
    }));
}

type Unnamed = Omit<Section, "name"> & { readonly nameAt: number };

function readSections(bytes: Bytes, header: Buffer): readonly Section[] {
  const at = readU64(header, 40);
  if (header.readUInt16LE(58) !== SECTION_BYTES || Number.isNaN(at) || at === 0) return [];
  // More than fit into 16 bits are counted in the first section.
  const first = bytes.read(at, SECTION_BYTES);
  if (first.length < SECTION_BYTES) return [];
  const count = header.readUInt16LE(60) || readU64(first, 32) || 0;
  const namesIndex = header.readUInt16LE(62) === SHN_XINDEX ? first.readUInt32LE(40) : header.readUInt16LE(62);
  const table = bytes.read(at, Math.min(count, SECTIONS_MAX) * SECTION_BYTES);
  const unnamed = records(table, SECTION_BYTES).map(parseSection);
  const names = namesOf(bytes, unnamed[namesIndex]);
  return unnamed.map(({ nameAt, ...section }) => ({ ...section, name: nameIn(names, nameAt) }));
}

function parseSection(record: Buffer): Unnamed {
  return {
    nameAt: record.readUInt32LE(0),
    type: record.readUInt32LE(4),
    flags: record.readUInt32LE(8),
    virtual: readU64(record, 16),
    offset: readU64(record, 24),
    size: readU64(record, 32),
    link: record.readUInt32LE(40),
  };
}

function namesOf(bytes: Bytes, section: Unnamed | undefined): Buffer {
  if (section === undefined || Number.isNaN(section.offset + section.size)) return Buffer.alloc(0);
  return bytes.read(section.offset, Math.min(section.size, NAMES_MAX_BYTES));
}

function nameIn(names: Buffer, at: number): string {
  const end = names.indexOf(0, at);
  return at >= names.length ? "" : names.toString("utf8", at, Math.min(end < 0 ? names.length : end, at + 64));
}

/** The bytes of a section, at most `max`; none where it has none or its place makes no sense. */
export function sectionBytes(bytes: Bytes, section: Section | undefined, max: number): Buffer {
  if (section === undefined || section.type === SHT_NOBITS) return Buffer.alloc(0);
  if (Number.isNaN(section.offset + section.size)) return Buffer.alloc(0);
  return bytes.read(section.offset, Math.min(section.size, max));
}

export function sectionNamed(elf: Elf, name: string): Section | undefined {
  return elf.sections.find((section) => section.name === name);
}
