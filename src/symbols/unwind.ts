/**
 * The frames of a stack by where they lie on it: each function's code says where its frame ends, and just below that is where it
 * returns to. So stale words are told from frames exactly, and nothing has to be believed. Ends where a word is missing, or a frame's
 * end is not told.
 *
 *   ip, 8 bytes        word 0: sock_connect, 96 bytes          word 12: the interpreter's loop, 400 bytes         word 62: …
 *   [ret]              [ . . . stale . . . ret]                [ . . . . stale . . . . . . . . . . . ret]
 */
import type { FrameEnd } from "./elf/call-frames.ts";

const WORD_BYTES = 8;

export type Words = {
  /** Of the system call. */
  readonly ip: number;
  /** Place, in words above the stack pointer → address. */
  readonly words: ReadonlyMap<number, number>;
};

/** Innermost first, the system call's own first. `endOf`: of the frame in which an address lies. */
export function unwind(
  { ip, words }: Words,
  endOf: (address: number, isReturn: boolean) => FrameEnd | null,
): readonly number[] {
  const found = [ip];
  let from = 0;
  for (let end = endOf(ip, false); typeof end === "number"; ) {
    const at = from + end / WORD_BYTES - 1;
    const address = words.get(at);
    if (address === undefined) break;
    found.push(address);
    from = at + 1;
    end = endOf(address, true);
  }
  return found;
}
