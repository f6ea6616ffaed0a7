/**
 * What the probe would see of a thread that waits in a system call, taken from /proc instead: its stack and instruction
 * pointers (proc_pid_syscall) and the words on its stack. There is no way here to its other registers, so the chain begins
 * at the first frame record on the stack: a saved frame pointer that leads upwards, beside an address behind a call.
 */
import { closeSync, openSync, readdirSync, readFileSync, readSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import type { RawStack } from "../../src/symbols/stack.ts";

const CHAIN_MAX = 16;
/** Where a stack's frame records are looked for. */
const RECORD_WORDS = 64;
const FRAME_MAX_BYTES = 65_536n;
const ACCEPTS = ["43", "288"]; // accept and accept4, x86-64

type Memory = {
  readonly read: (address: bigint, bytes: number) => Buffer;
  readonly code: readonly (readonly [bigint, bigint])[];
};

/** How far the probe looks. Some callers lie deeper: between them and us are other frames' buffers. */
export type Reach = { readonly words: number; readonly hits: number };
const REACH: Reach = { words: 24, hits: 4 };

/** Waits until one of its threads waits in accept(). */
export async function blockedStack(pid: number, reach: Reach = REACH): Promise<RawStack> {
  for (;;) {
    for (const thread of readdirSync(`/proc/${pid}/task`)) {
      const where = whereIs(pid, thread);
      if (ACCEPTS.includes(where.call)) return readStack(where, reach);
    }
    await sleep(10); // nothing tells when a thread has begun to wait
  }
}

/** Waits until its first thread has been at the same place for a while, in whatever call. */
export async function restingStack(pid: number, reach: Reach): Promise<RawStack> {
  for (let before = ""; ; ) {
    const where = whereIs(pid, String(pid));
    if (where.call !== "running" && where.sp !== "" && JSON.stringify(where) === before) return readStack(where, reach);
    before = JSON.stringify(where);
    await sleep(200);
  }
}

type Where = Readonly<Record<"thread" | "call" | "sp" | "ip", string>> & { readonly pid: number };

function whereIs(pid: number, thread: string): Where {
  const [call = "", ...rest] = readFileSync(`/proc/${pid}/task/${thread}/syscall`, "utf8").trim().split(" ");
  const [sp = "", ip = ""] = rest.slice(-2);
  return { pid, thread, call, sp, ip };
}

function readStack({ pid, thread, sp, ip }: Where, { words: most, hits }: Reach): RawStack {
  const fd = openSync(`/proc/${thread}/mem`, "r");
  try {
    const memory = { read: (address: bigint, bytes: number) => readMemory(fd, address, bytes), code: codeOf(thread) };
    const words = wordsAt(memory, BigInt(sp), Math.max(RECORD_WORDS, most));
    const near = words.slice(0, most).filter((word) => isBehindCall(memory, word));
    const chain = chainFrom(memory, BigInt(sp), words);
    return { pid, ip: ip.slice(2), near: near.slice(0, hits).map(hex), chain: chain.map(hex) };
  } finally {
    closeSync(fd);
  }
}

function codeOf(thread: string): Memory["code"] {
  const mappings = readFileSync(`/proc/${thread}/maps`, "utf8").matchAll(/^(\w+)-(\w+) ..x/gm);
  return [...mappings].map(([, start, end]) => [BigInt(`0x${start}`), BigInt(`0x${end}`)]);
}

function hex(value: bigint): string {
  return value.toString(16);
}

function readMemory(fd: number, address: bigint, bytes: number): Buffer {
  const buffer = Buffer.alloc(bytes);
  return buffer.subarray(0, readSync(fd, buffer, 0, bytes, address));
}

function wordsAt(memory: Memory, address: bigint, count: number): readonly bigint[] {
  const bytes = memory.read(address, count * 8);
  return Array.from({ length: Math.floor(bytes.length / 8) }, (_, i) => bytes.readBigUInt64LE(i * 8));
}

/** The probe's own test: e8 five bytes before, or ff /2 two, three, six or seven. */
function isBehindCall(memory: Memory, word: bigint): boolean {
  if (!memory.code.some(([start, end]) => word >= start + 7n && word < end)) return false;
  const before = memory.read(word - 7n, 7);
  const isIndirect = (length: number) => before[7 - length] === 0xff && (((before[8 - length] ?? 0) >> 3) & 7) === 2;
  return before[2] === 0xe8 || [2, 3, 6, 7].some(isIndirect);
}

function chainFrom(memory: Memory, sp: bigint, words: readonly bigint[]): readonly bigint[] {
  const isRecord = (i: number) => {
    const [saved = 0n, back = 0n] = [words[i], words[i + 1]];
    const here = sp + BigInt(i) * 8n;
    return saved > here && saved - here < FRAME_MAX_BYTES && isBehindCall(memory, back);
  };
  const first = words.findIndex((_, i) => isRecord(i));
  const chain: bigint[] = [];
  let record = first < 0 ? 0n : sp + BigInt(first) * 8n;
  while (record !== 0n && chain.length < CHAIN_MAX) {
    const [next = 0n, back = 0n] = wordsAt(memory, record, 2);
    if (back === 0n) break;
    chain.push(back);
    record = next > record && next - record < FRAME_MAX_BYTES ? next : 0n;
  }
  return chain;
}
