/**
 * Whether an address lies just behind a call instruction, as every return address does. x86-64: Intel SDM vol. 2, CALL;
 * arm64: Arm ARM, BL and BLR.
 */
import { branchTarget, isIndirectCall } from "./arm64.ts";
import type { Elf } from "./elf.ts";

/** What is called: an address, or the one that a slot of the program's own holds; else it only shows when it runs. */
export type Call = { readonly target: number } | { readonly slot: number } | "unknown";

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
    if (!isIndirectCall || indirectSize(modrm, before[length - size + 2] ?? 0) !== size) continue;
    return modrm === RIP_RELATIVE ? { slot: address + before.readInt32LE(length - 4) } : "unknown";
  }
  return null;
}

/** ff 15: call *slot(%rip), as Rust and -fno-plt call other objects. */
const RIP_RELATIVE = 0x15;

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
  const target = branchTarget(word, address - 4, "bl");
  return target !== null ? { target } : isIndirectCall(word) ? "unknown" : null;
}
