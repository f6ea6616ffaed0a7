/**
 * A stripped program's debug information in a file of its own (gdb manual, "Separate Debug Files"): found by build id,
 * else by the name and checksum in .gnu_debuglink. First among the process's files, then among ours.
 */
import { posix } from "node:path";
import { crc32 } from "node:zlib";
import type { Bytes } from "../bytes.ts";
import { type OpenFile, openBeneath } from "../safe-file.ts";
import { type Elf, readElf, sectionBytes, sectionNamed } from "./elf.ts";
import { buildIdOf } from "./notes.ts";

export type DebugFile = { readonly file: OpenFile; readonly elf: Elf };

const DEBUG_ROOT = "/usr/lib/debug";
const CHECKSUM_MAX_BYTES = 1024 ** 3;
const CHUNK_BYTES = 1024 * 1024;

/** `path` is the stripped file's, `roots` where to look. Null where there is none that belongs to it. */
export function findDebugFile(elf: Elf, bytes: Bytes, path: string, roots: readonly string[]): DebugFile | null {
  const id = buildIdOf(elf, bytes);
  const link = parseLink(sectionBytes(bytes, sectionNamed(elf, ".gnu_debuglink"), 4096));
  for (const root of roots) {
    const byId = id === null ? null : accept(root, `${DEBUG_ROOT}/.build-id/${id.slice(0, 2)}/${id.slice(2)}.debug`);
    if (byId !== null && isOf(byId, id, null)) return byId;
    byId?.file.close();
    for (const place of link === null ? [] : placesOf(link.name, path)) {
      const linked = accept(root, place);
      if (linked !== null && isOf(linked, id, link)) return linked;
      linked?.file.close();
    }
  }
  return null;
}

type Link = { readonly name: string; readonly checksum: number };

/** A name, zeros up to the next multiple of 4, and the CRC-32 of the file. */
function parseLink(section: Buffer): Link | null {
  const end = section.indexOf(0);
  const at = Math.ceil((end + 1) / 4) * 4;
  if (end <= 0 || at + 4 > section.length) return null;
  const name = section.toString("utf8", 0, end);
  return name.includes("/") ? null : { name, checksum: section.readUInt32LE(at) };
}

function placesOf(name: string, path: string): readonly string[] {
  const folder = posix.dirname(path);
  return [`${folder}/${name}`, `${folder}/.debug/${name}`, `${DEBUG_ROOT}${folder}/${name}`];
}

function accept(root: string, path: string): DebugFile | null {
  let file: OpenFile | undefined;
  try {
    file = openBeneath(root, path);
    const elf = readElf(file);
    if (elf !== null) return { file, elf };
  } catch {
    // It is not there, or not fit to be read: the same to us.
  }
  file?.close();
  return null;
}

/** The same build id; where there is none, the checksum of the link. */
function isOf({ file, elf }: DebugFile, id: string | null, link: Link | null): boolean {
  const its = buildIdOf(elf, file);
  if (id !== null || its !== null) return id === its;
  return link !== null && file.size <= CHECKSUM_MAX_BYTES && checksumOf(file) === link.checksum;
}

function checksumOf(bytes: Bytes): number {
  let sum = 0;
  for (let at = 0; at < bytes.size; at += CHUNK_BYTES) sum = crc32(bytes.read(at, CHUNK_BYTES), sum);
  return sum;
}
