/**
 * Whether an address lies just behind a call instruction, as every return address does. x86-64: Intel SDM vol. 2, CALL;
 * arm64: Arm ARM, BL and BLR.
 */
import type { Elf } from "./elf.ts";

/** What is called: an address, or something that only shows when it runs (a register, a word in memory). */
export type Call = { readonly target: number | null };

/** The longest call: ff /2 with a SIB byte and a 32-bit displacement. */
export const CALL_MAX_BYTES = 7;

/** `before`: the bytes up to the address, CALL_MAX_BYTES of them where there are as many. Null: no call. */
export function callBefore(machine: Elf["machine"], before: Buffer, address: number): Call | null {
  return machine === "arm64" ? arm64(before, address) : x86(before, address);
}

function x86(before: Buffer, address: number): Call | null {
  const { length } = before;
  if (length >= 5 && before[length - 5] === 0xe8) return { target: address + before.readInt32LE(length - 4) };
  for (let size = 2; size <= Math.min(CALL_MAX_BYTES, length); size++) {
    const modrm = before[length - size + 1] ?? 0;
    const isIndirectCall = before[length - size] === 0xff && ((modrm >> 3) & 7) === 2;
    if (isIndirectCall && indirectSize(modrm, before[length - size + 2] ?? 0) === size) return { target: null };
  }
  return null;
}

/** Of ff /2: opcode, ModRM, and what ModRM asks for. */
function indirectSize(modrm: number, sib: number): number {
  const mode = modrm >> 6;
  const register = modrm & 7;
  if (mode === 3) return 2;
  const hasSib = register === 4;
  const isFarBase = mode === 0 && (hasSib ? (sib & 7) === 5 : register === 5);
  const displacement = mode === 1 ? 1 : mode === 2 || isFarBase ? 4 : 0;
  return 2 + (hasSib ? 1 : 0) + displacement;
}

function arm64(before: Buffer, address: number): Call | null {
  if (before.length < 4) return null;
  const word = before.readUInt32LE(before.length - 4);
  if (word >>> 26 === 0b100101) return { target: address - 4 + ((word << 6) >> 6) * 4 };
  return (word & 0xfffffc1f) >>> 0 === 0xd63f0000 ? { target: null } : null;
}
