/** Frames by where they lie: what only looks like one is no frame. And where frames end, as binutils read it. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { realpathSync } from "node:fs";
import { test } from "node:test";
import { type FrameEnd, frameEndAt } from "../../src/symbols/elf/call-frames.ts";
import { Cursor } from "../../src/symbols/elf/cursor.ts";
import { readElf } from "../../src/symbols/elf/elf.ts";
import { keptFrameBytes } from "../../src/symbols/elf/kept-frame.ts";
import { parseMaps } from "../../src/symbols/maps.ts";
import { openRegular } from "../../src/symbols/safe-file.ts";
import { unwind } from "../../src/symbols/unwind.ts";

/** Addresses below 1,000 are of a function whose frame has as many bytes; 1: the outermost; 2: nobody knows. */
const endOf = (address: number): FrameEnd | null => (address === 1 ? "outermost" : address === 2 ? null : address);
const words = (text: string) => new Map(text.split(" ").map((word) => word.split(":").map(Number) as [number, number]));

const CASES: readonly (readonly [why: string, words: string, frames: readonly number[]])[] = [
  ["each where the one before ends", "0:48 6:24 9:1", [8, 48, 24, 1]],
  ["stale words between them are none", "0:48 2:32 4:16 6:24 7:8 9:1", [8, 48, 24, 1]],
  ["a stale word that would lead on, one place off", "0:48 5:24 6:16 8:1", [8, 48, 16, 1]],
  ["where one is missing it ends: no other takes its place", "0:48 7:24 9:1", [8, 48]],
  ["where a frame's end is not told it ends", "0:48 6:2 9:1", [8, 48, 2]],
  ["no words", "99:8", [8]],
];

for (const [why, text, frames] of CASES) {
  test(`unwinding: ${why}`, () => assert.deepEqual(unwind({ ip: 8, words: words(text) }, endOf), frames));
}

const ROWS_MOST = 20_000;

/** Of each of an ELF file's rows, where the frame ends there, by binutils; null: not told from rsp. */
function rowsOf(path: string): readonly (readonly [at: number, end: FrameEnd | null])[] {
  const { stdout } = spawnSync("readelf", ["--debug-dump=frames-interp", path], {
    encoding: "latin1",
    maxBuffer: 1 << 30,
  });
  const rows: (readonly [number, FrameEnd | null])[] = [];
  for (const block of stdout.split("\n\n")) {
    const columns = /^ +LOC +CFA +(.*)$/m.exec(block)?.[1]?.trim().split(/ +/) ?? [];
    for (const [, at = "", end = "", rest = ""] of block.matchAll(/^([0-9a-f]{16}) (\S+) +(.*)$/gm)) {
      // Names of registers that have none here take two columns.
      const returns = rest
        .replace(/r\d+ \((\w+)\)/g, "$1")
        .trim()
        .split(/ +/)[columns.filter((c) => !c.startsWith("(")).indexOf("ra")];
      const told = /^rsp\+(\d+)$/.exec(end)?.[1];
      const isKept = end === "rbp+16";
      if (/FDE/.test(block))
        rows.push([
          Number.parseInt(at, 16),
          returns === "u" ? "outermost" : isKept ? "kept" : told === undefined || told === "0" ? null : Number(told),
        ]);
    }
  }
  return rows;
}

for (const path of [process.execPath, "/lib/x86_64-linux-gnu/libc.so.6"]) {
  test(`where frames end in ${path}, as readelf tells`, { skip: process.arch !== "x64" }, (t) => {
    const file = openRegular(realpathSync(path));
    t.after(() => file.close());
    const elf = readElf(file);
    assert.ok(elf !== null);
    const rows = rowsOf(path).slice(0, ROWS_MOST);
    assert.ok(rows.length > 1_000, `${rows.length} rows`);
    const wrong = rows.filter(([at, end]) => frameEndAt(elf, file, at) !== end);
    t.diagnostic(`${rows.length} rows, ${rows.filter(([, end]) => end === null).length} not told from rsp`);
    assert.deepEqual(wrong, []);
  });
}

const BEGINNINGS: readonly (readonly [what: string, code: string, bytes: number | null])[] = [
  ["Python 3.14's interpreter: sub $0x2d0", "f30f1efa 55 4889e5 4881ecd0020000 4885ff", 736],
  ["without endbr64, a small frame", "55 4889e5 4883ec20", 48],
  ["registers pushed first: r15, r14, r13, r12, rbx", "55 4889e5 4157 4156 4155 4154 53 4881ec98000000", 208],
  ["other instructions between: not read", "55 4889e5 4885ff 4883ec20", null],
  ["no frame pointer", "4883ec20", null],
  ["cut short", "55 4889e5 4881ecd002", null],
  ["nothing", "", null],
];

for (const [what, code, bytes] of BEGINNINGS) {
  test(`a frame by how its function begins: ${what}`, () =>
    assert.equal(keptFrameBytes(Buffer.from(code.replaceAll(" ", ""), "hex")), bytes));
}

test("numbers of seven bits a byte", () => {
  const cursor = new Cursor(Buffer.from([0xe5, 0x8e, 0x26, 0x7f, 0x80, 0x7f, 0x02]));
  assert.deepEqual([cursor.unsigned(), cursor.signed(), cursor.signed(), cursor.signed()], [624_485, -1, -128, 2]);
  assert.throws(() => cursor.unsigned(), RangeError);
});

test("a mapping's link has no zeros in front, a line of maps has", () => {
  const [mapping] = parseMaps("00420000-00740000 r-xp 00020000 fe:00 7 /usr/bin/python3.13\n");
  assert.deepEqual([mapping?.link, mapping?.start], ["420000-740000", 0x42_0000]);
});
