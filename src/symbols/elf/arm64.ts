/** The few instructions of arm64 that calls are made of (Arm ARM, C6.2). `address` is where the first of them lies. */

const NOT_A_BRANCH = null;

/** bl and b: where to; null for any other word. */
export function branchTarget(word: number, address: number, kind: "bl" | "b"): number | null {
  const opcode = kind === "bl" ? 0b100101 : 0b000101;
  return word >>> 26 === opcode ? address + ((word << 6) >> 6) * 4 : NOT_A_BRANCH;
}

export function isIndirectCall(word: number): boolean {
  return (word & 0xfffffc1f) >>> 0 === 0xd63f0000; // blr
}

/** A stub's slot: `adrp x16, page; ldr x17, [x16, #offset]`, behind `bti c` where branches are protected. */
export function stubSlot(stub: Buffer, address: number): number | null {
  const at = stub.length >= 4 && stub.readUInt32LE(0) === 0xd503245f ? 4 : 0;
  if (stub.length < at + 8) return null;
  const [adrp, ldr] = [stub.readUInt32LE(at), stub.readUInt32LE(at + 4)];
  if ((adrp & 0x9f00001f) >>> 0 !== 0x90000010 || (ldr & 0xffc003ff) >>> 0 !== 0xf9400211) return null;
  const pages = (((adrp << 8) >> 13) << 2) | ((adrp >>> 29) & 3);
  const page = address + at - ((address + at) % 4096) + pages * 4096;
  return page + ((ldr >>> 10) & 0xfff) * 8;
}
