/**
 * Where a function goes on to without coming back: `return accept(…)` compiles to a jump, and then the return address on
 * the stack is the one of the caller's caller. x86-64: jmp rel32 and jmp *slot(%rip); other bytes that look so are rare
 * and must still lead to the right place to count. arm64: b.
 */
import type { Bytes } from "../bytes.ts";
import { branchTarget } from "./arm64.ts";
import type { Call } from "./call.ts";
import type { Elf } from "./elf.ts";
import { codeAt, isCode } from "./places.ts";

const FUNCTION_MAX_BYTES = 16_384;

/** Jumps out of the function from `start` to `end`, as what a call there would be. */
export function jumpsOut(elf: Elf, bytes: Bytes, start: number, end: number): readonly Call[] {
  const code = codeAt(elf, bytes, start, Math.min(end - start, FUNCTION_MAX_BYTES));
  const jumps = elf.machine === "arm64" ? arm64Jumps(code, start) : x86Jumps(code, start);
  return jumps.filter((jump) => typeof jump === "object" && ("slot" in jump || leaves(elf, jump.target, start, end)));
}

/** x86-64: where conditional ones lead, too (jcc rel32). */
export function branchesOut(elf: Elf, bytes: Bytes, start: number, end: number): readonly number[] {
  const code = codeAt(elf, bytes, start, Math.min(end - start, FUNCTION_MAX_BYTES));
  const targets: number[] = [];
  for (let at = 0; at + 6 <= code.length; at++) {
    if (code[at] === 0xe9) targets.push(start + at + 5 + code.readInt32LE(at + 1));
    else if (code[at] === 0x0f && ((code[at + 1] ?? 0) & 0xf0) === 0x80)
      targets.push(start + at + 6 + code.readInt32LE(at + 2));
  }
  return targets.filter((target) => leaves(elf, target, start, end));
}

function x86Jumps(code: Buffer, start: number): readonly Call[] {
  const jumps: Call[] = [];
  for (let at = 0; at + 5 <= code.length; at++) {
    if (code[at] === 0xe9) jumps.push({ target: start + at + 5 + code.readInt32LE(at + 1) });
    else if (code[at] === 0xff && code[at + 1] === 0x25 && at + 6 <= code.length)
      jumps.push({ slot: start + at + 6 + code.readInt32LE(at + 2) });
  }
  return jumps;
}

function arm64Jumps(code: Buffer, start: number): readonly Call[] {
  const jumps: Call[] = [];
  for (let at = 0; at + 4 <= code.length; at += 4) {
    const target = branchTarget(code.readUInt32LE(at), start + at, "b");
    if (target !== null) jumps.push({ target });
  }
  return jumps;
}

function leaves(elf: Elf, target: number, start: number, end: number): boolean {
  return isCode(elf, target) && (target < start || target >= end);
}
