/** Calls, symbol tables against a slow twin, and ELF files that are cut short or made up: no crash, no hang. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import fc from "fast-check";
import { bytesOf } from "../../src/symbols/bytes.ts";
import { branchTarget, stubSlot } from "../../src/symbols/elf/arm64.ts";
import { callBefore } from "../../src/symbols/elf/call.ts";
import { type Elf, readElf, type Segment } from "../../src/symbols/elf/elf.ts";
import { buildIdOf } from "../../src/symbols/elf/notes.ts";
import { ElfObject, openObject } from "../../src/symbols/elf/object.ts";
import { type SymbolRow, SymbolTable } from "../../src/symbols/elf/symbol-table.ts";
import { extentAt } from "../../src/symbols/elf/unwind-table.ts";
import type { OpenFile } from "../../src/symbols/safe-file.ts";
import { build, run } from "./start.ts";

test("calls of x86-64, as the assembler writes them", async () => {
  const path = await build("shop.cpp", ["-O2", "-g"]);
  const text: Buffer = readFileSync(path);
  const elf: Elf | null = readElf(bytesOf(text));
  assert.equal(elf?.machine, "x86-64");
  const listing = (await run("objdump", ["-d", "--no-show-raw-insn", path])).stdout.split("\n");
  let calls = 0;
  for (const [i, line] of listing.entries()) {
    const [, target] = /\tcall +(?:\*0x\w+\(%rip\) +# )?(\w+)/.exec(line) ?? [];
    const after = Number.parseInt(/^ +(\w+):/.exec(listing[i + 1] ?? "")?.[1] ?? "", 16);
    const segment: Segment | undefined = elf?.segments.find(
      ({ virtual, fileSize }) => after >= virtual && after < virtual + fileSize,
    );
    if (target === undefined || Number.isNaN(after) || segment === undefined) continue;
    const end: number = after - segment.virtual + segment.offset;
    const called = Number.parseInt(target, 16);
    const isIndirect = line.includes("*");
    assert.deepEqual(
      callBefore("x86-64", text.subarray(end - 7, end), after),
      isIndirect ? { slot: called } : { target: called },
      line,
    );
    calls++;
  }
  assert.ok(calls > 5, `${calls} calls`);
});

const INDIRECT: Readonly<Record<string, string>> = {
  "call *%rax": "ff d0",
  "call *%r12": "41 ff d4",
  "call *(%rax)": "ff 10",
  "call *(%rsp)": "ff 14 24",
  "call *8(%rax)": "ff 50 08",
  "call *-0x58(%rbp)": "ff 55 a8",
  "call *8(%rsp)": "ff 54 24 08",
  "call *0x108(%rax)": "ff 90 08 01 00 00",
  "call *0x108(%rsp)": "ff 94 24 08 01 00 00",
  "call *0(,%rax,8)": "ff 14 c5 00 00 00 00",
};

for (const [instruction, hex] of Object.entries(INDIRECT)) {
  test(instruction, () => {
    const code = Buffer.from(hex.replaceAll(" ", ""), "hex");
    const before = Buffer.concat([Buffer.alloc(7 - Math.min(7, code.length), 0x90), code]);
    assert.equal(callBefore("x86-64", before, 0x1000), "unknown");
  });
}

for (const hex of ["ff 20", "ff e0", "90 90", "c3", "ff 50", "ff 94 24 08"]) {
  test(`no call: ${hex}`, () => {
    const code = Buffer.from(hex.replaceAll(" ", ""), "hex");
    assert.equal(callBefore("x86-64", Buffer.concat([Buffer.alloc(7 - code.length, 0x90), code]), 0x1000), null);
  });
}

test("calls of arm64", () => {
  const word = (value: number) => {
    const bytes = Buffer.alloc(4);
    bytes.writeUInt32LE(value);
    return bytes;
  };
  assert.deepEqual(callBefore("arm64", word(0x94000002), 0x1004), { target: 0x1008 }); // bl .+8
  assert.deepEqual(callBefore("arm64", word(0x97ffffff), 0x1004), { target: 0xffc }); // bl .-4
  assert.equal(callBefore("arm64", word(0xd63f0100), 0x1004), "unknown"); // blr x8
  assert.equal(callBefore("arm64", word(0xd61f0100), 0x1004), null); // br x8
});

test("a stub and jumps of arm64, as GNU ld 2.40 makes them", () => {
  const words = (...values: number[]) => {
    const bytes = Buffer.alloc(values.length * 4);
    for (const [i, value] of values.entries()) bytes.writeUInt32LE(value, i * 4);
    return bytes;
  };
  const stub = [0x90000110, 0xf9401611, 0x9100a210, 0xd61f0220]; // at 0x900: the slot is at 0x20028
  assert.equal(stubSlot(words(...stub), 0x900), 0x20028);
  assert.equal(stubSlot(words(0xd503245f, ...stub), 0x8fc), 0x20028);
  assert.equal(stubSlot(words(0xd2800002, 0xd2800001), 0x900), null);
  assert.equal(stubSlot(words(0x90000110), 0x900), null);
  assert.equal(branchTarget(0x17ffff05, 0xcec, "b"), 0x900);
  assert.equal(branchTarget(0x97ffff34, 0xc30, "bl"), 0x900);
  assert.equal(branchTarget(0x97ffff34, 0xc30, "b"), null);
});

const row = fc.record({
  start: fc.integer({ min: 0, max: 40 }),
  size: fc.integer({ min: 0, max: 12 }),
  rank: fc.integer({ min: 0, max: 6 }),
});

/** What the table should say, by looking at all. */
function slowFind(rows: readonly SymbolRow[], address: number): number | null {
  const covering = rows.filter(({ start, end, sized }) => sized && start <= address && address < end);
  const innermost = Math.max(...covering.map(({ start }) => start));
  if (covering.length > 0) return innermost;
  const before = rows.filter(({ start }) => start <= address);
  const nearest = Math.max(...before.map(({ start }) => start));
  const there = before.filter(({ start }) => start === nearest);
  return there.length > 0 && there.every(({ sized, end }) => !sized && end > address) ? nearest : null;
}

test("a symbol table finds what looking at all symbols finds", () => {
  fc.assert(
    fc.property(fc.array(row, { maxLength: 30 }), fc.integer({ min: -1, max: 60 }), (made, address) => {
      const rows = made.map(({ start, size, rank }, name): SymbolRow => {
        return { start, end: size > 0 ? start + size : 50, sized: size > 0, rank, name };
      });
      const table = new SymbolTable();
      for (const symbol of rows) table.add(symbol);
      table.sort();
      assert.equal(table.find(address)?.start ?? null, slowFind(rows, address));
    }),
  );
});

test("the best of several names for one address", () => {
  const table = new SymbolTable();
  for (const [name, rank] of [2, 0, 1].entries()) table.add({ start: 8, end: 16, sized: true, rank, name });
  table.sort();
  assert.deepEqual(table.find(10), { start: 8, name: 1 });
  assert.deepEqual([...table.namesAt(8)].sort(), [0, 1, 2]);
});

test("the unwind table knows where functions begin, as the symbols do", async () => {
  const bytes = bytesOf(readFileSync(await build("shop.cpp", ["-O2", "-g"])));
  const elf = readElf(bytes) ?? assert.fail("no ELF file");
  const listing = (await run("nm", ["-S", "--defined-only", await build("shop.cpp", ["-O2", "-g"])])).stdout;
  const functions = [...listing.matchAll(/^(\w+) (\w+) [tT] (\S*shop\S*|main)$/gm)];
  assert.equal(functions.length, 3, listing);
  for (const [, start = "", size = "", name] of functions) {
    const [from, length] = [Number.parseInt(start, 16), Number.parseInt(size, 16)];
    const found = [from - 1, from, from + length - 1, from + length].map(
      (at) => extentAt(elf, bytes, at)?.start === from,
    );
    assert.deepEqual(found, [false, true, true, false], name);
  }
});

function fileOf(buffer: Buffer): OpenFile {
  const identity = { dev: 0, ino: 0, size: buffer.length, mtimeMs: 0, ctimeMs: 0 };
  return { ...bytesOf(buffer), fd: -1, identity, uid: 0, mode: 0, close: () => {} };
}

async function exercise(bytes: Buffer): Promise<void> {
  const elf = readElf(bytesOf(bytes));
  if (elf !== null) buildIdOf(elf, bytesOf(bytes));
  const object = await openObject(fileOf(bytes), "/nowhere/app", []);
  if (object === null) return;
  assert.ok(object instanceof ElfObject);
  for (const address of [0, 0x1000, 0x1200, 0x1300, 0x4000, 2 ** 47]) {
    object.symbolAt(address);
    object.startAt(address);
    object.namesAt(address);
    const call = object.callBefore(address);
    if (call !== null) object.calleeOf(call);
    object.jumpsOf(address);
    object.virtualAt(address);
  }
}

test("cut short anywhere", async () => {
  const whole = readFileSync(await build("paths.c", ["-O2", "-g"]));
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 0, max: whole.length }), (length) => exercise(whole.subarray(0, length))),
  );
});

test("with bytes of its headers and tables changed", async () => {
  const whole = readFileSync(await build("paths.c", ["-O2"]));
  const sections = Number(whole.readBigUInt64LE(40));
  const place = fc.oneof(
    fc.integer({ min: 16, max: 63 }),
    fc.integer({ min: 64, max: 800 }),
    fc.integer({ min: sections, max: whole.length - 1 }),
    fc.integer({ min: 64, max: whole.length - 1 }),
  );
  const change = fc.tuple(place, fc.oneof(fc.constantFrom(0, 0x7f, 0x80, 0xff), fc.integer({ min: 0, max: 255 })));
  await fc.assert(
    fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 12 }), (changes) => {
      const spoiled = Buffer.from(whole);
      for (const [at, value] of changes) spoiled[at] = value;
      return exercise(spoiled);
    }),
    { numRuns: 1000 },
  );
});

test("made up", async () => {
  const head = Buffer.from("7f454c4602010100000000000000000003003e0001000000", "hex");
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 4096 }), (rest) => exercise(Buffer.concat([head, rest]))),
  );
});
