/**
 * Fedora and its kin ship the names of static functions in .gnu_debugdata: an ELF file packed with xz. Those systems
 * have the xz program, so that unpacks it; the packages for it on npm bring native code or WebAssembly.
 */
import { type Bytes, bytesOf } from "../bytes.ts";
import { runConfined } from "../tools/confined.ts";
import { type Elf, readElf, sectionBytes, sectionNamed } from "./elf.ts";

const PACKED_MAX_BYTES = 16 * 1024 * 1024;
const UNPACKED_MAX_BYTES = 64 * 1024 * 1024;

/** Null where there is none, or no xz. */
export async function readMiniDebug(elf: Elf, bytes: Bytes): Promise<{ elf: Elf; bytes: Bytes } | null> {
  const input = sectionBytes(bytes, sectionNamed(elf, ".gnu_debugdata"), PACKED_MAX_BYTES);
  if (input.length === 0) return null;
  const { stdout, failure } = await runConfined({ argv: ["xz", "-dc"], input, maxBytes: UNPACKED_MAX_BYTES });
  if (failure !== null) return null;
  const unpacked = bytesOf(stdout);
  const inner = readElf(unpacked);
  return inner === null ? null : { elf: inner, bytes: unpacked };
}
