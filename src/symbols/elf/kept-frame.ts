/**
 * How large the frame of a function is that keeps its frame pointer, by how it begins (x86-64); its unwind table tells only where the
 * frame is by that register, which is not on the stack:
 *
 *   endbr64; push %rbp; mov %rsp, %rbp; push %r15; … sub $720, %rsp           its frame ends 720 + pushes + 16 bytes above rsp
 *
 * That holds at its calls unless it puts arguments on the stack, or takes room that it measures: whoever asks must check where it leads.
 */
const ENDBR64 = Buffer.from("f30f1efa", "hex");
const KEEP = Buffer.from("554889e5", "hex");
const SUB_8 = Buffer.from("4883ec", "hex");
const SUB_32 = Buffer.from("4881ec", "hex");
/** The return address and the caller's frame pointer. */
const LINK_BYTES = 16;
const WORD_BYTES = 8;
/** Enough for all of that. */
export const BEGINNING_BYTES = 40;

/** `code`: the function's first bytes. Null for one that begins otherwise. */
export function keptFrameBytes(code: Buffer): number | null {
  const at = startsWith(code, ENDBR64, 0) ? ENDBR64.length : 0;
  if (!startsWith(code, KEEP, at)) return null;
  const pushes = pushesAt(code, at + KEEP.length);
  const sub = at + KEEP.length + pushes.bytes;
  const kept = LINK_BYTES + pushes.count * WORD_BYTES;
  if (startsWith(code, SUB_8, sub) && sub + 4 <= code.length) return kept + code.readInt8(sub + 3);
  if (startsWith(code, SUB_32, sub) && sub + 7 <= code.length) return kept + code.readInt32LE(sub + 3);
  return null;
}

/** push %rax to %rdi (50 to 57), %r8 to %r15 (41 before it). */
function pushesAt(code: Buffer, from: number): { readonly count: number; readonly bytes: number } {
  let [at, count] = [from, 0];
  for (;;) {
    const prefix = code[at] === 0x41 ? 1 : 0;
    if (((code[at + prefix] ?? 0) & 0xf8) !== 0x50) return { count, bytes: at - from };
    at += prefix + 1;
    count += 1;
  }
}

function startsWith(code: Buffer, what: Buffer, at: number): boolean {
  return code.subarray(at, at + what.length).equals(what);
}
