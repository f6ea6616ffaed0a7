/** Names and lines of a Go program that has been stripped of both, against those of one that has not: the code is the same. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { copyFileSync } from "node:fs";
import { join } from "node:path";
import { before, test } from "node:test";
import fc from "fast-check";
import type { Bytes } from "../../src/symbols/bytes.ts";
import { bytesOf } from "../../src/symbols/bytes.ts";
import { type Elf, readElf } from "../../src/symbols/elf/elf.ts";
import { type GoTable, readGoTable } from "../../src/symbols/elf/go-table.ts";
import { openRegular } from "../../src/symbols/safe-file.ts";
import { folder, run } from "./start.ts";

const SOURCE = join(import.meta.dirname, "../zoo/paths/paths.go");
const path = (name: string) => join(folder, name);
const [whole, stripped, both] = [path("go-whole"), path("go-stripped"), path("go-strip-all")];
const pie = { whole: path("go-pie"), stripped: path("go-pie-stripped") };
const BARE = "-ldflags=-s -w";
/** Loaded anywhere: the file does not say where its code begins. */
const PIE = "-buildmode=pie";
const CALLS_MAX = 20_000;

before(
  async () => {
    const env = { ...process.env, GO111MODULE: "off", GOCACHE: join(folder, "go-cache") };
    const go = (into: string, ...flags: readonly string[]) =>
      run("go", ["build", ...flags, "-o", into, SOURCE], { env });
    await go(whole);
    await go(stripped, BARE);
    await go(pie.whole, PIE);
    await go(pie.stripped, PIE, BARE);
    copyFileSync(whole, both);
    await run("strip", ["--strip-all", both]);
  },
  { timeout: 300_000 },
);

function tableOf(path: string): {
  readonly elf: Elf;
  readonly bytes: Bytes;
  readonly table: GoTable;
  readonly close: () => void;
} {
  const bytes = openRegular(path);
  const elf = readElf(bytes);
  assert.ok(elf !== null);
  const table = readGoTable(elf, bytes);
  assert.ok(table !== null, `${path} has a table of Go's`);
  return { elf, bytes, table, close: () => bytes.close() };
}

function lines(command: string, argv: readonly string[], input = ""): readonly string[] {
  const { stdout } = spawnSync(command, argv, { input, encoding: "utf8", maxBuffer: 1 << 28 });
  return stdout.trimEnd().split("\n");
}

/** As the linker wrote them; the table has no calling convention, and of a type's arguments none. */
function symbols(of: string): ReadonlyMap<number, readonly string[]> {
  const found = new Map<number, string[]>();
  for (const line of lines("nm", [of])) {
    const [, at = "", name = ""] = /^(\w+) [tT] (.*)$/.exec(line) ?? [];
    const plain = name.replace(/\.abi(0|internal)$/, "").replace(/\[.*\]/, "[...]");
    if (name !== "") found.set(Number.parseInt(at, 16), [...(found.get(Number.parseInt(at, 16)) ?? []), plain]);
  }
  return found;
}

/** Of a type's arguments none; "·" is the linker's ".". */
function plainOf(found: { readonly name: string } | null): string {
  return (found?.name ?? "").replace(/\[.*\]/, "[...]").replaceAll("·", ".");
}

const PROGRAMS = [
  [BARE, stripped, whole],
  ["strip --strip-all", both, whole],
  [`${PIE} ${BARE}`, pie.stripped, pie.whole],
] as const;

for (const [how, program, unstripped] of PROGRAMS) {
  test(`${how}: every function by its name, at its start and nowhere else`, (t) => {
    const { table, close } = tableOf(program);
    t.after(close);
    const all = [...symbols(unstripped)];
    const named = all.filter(([at]) => table.find(at)?.start === at);
    assert.ok(named.length > 1_500, `${named.length} functions`);
    const wrong = named.filter(([at, names]) => !names.includes(plainOf(table.find(at))));
    assert.deepEqual(wrong, []);
    t.diagnostic(`${named.length} functions of ${all.length} symbols`);
    for (const name of ["main.fetchForgotten", "main.dial", "net.Dial", "runtime.mstart"])
      assert.ok(
        named.some(([at]) => table.find(at)?.name === name),
        name,
      );
    assert.equal(table.find(1), null);
  });
}

/** Behind each call of the program: what a stack holds. */
function calls(): readonly number[] {
  const code = lines("objdump", ["-d", "--no-show-raw-insn", whole]);
  const found = code.flatMap((line) => /^ *(\w+):\t *call/.exec(line)?.[1] ?? []);
  return found.map((at) => Number.parseInt(at, 16)).slice(0, CALLS_MAX);
}

test("of every call the line that debug information has, or none where code is inlined", (t) => {
  const { table, close } = tableOf(stripped);
  t.after(close);
  const asked = calls();
  assert.ok(asked.length > 5_000, `${asked.length} calls`);
  const input = asked.map((at) => at.toString(16)).join("\n");
  const blocks = lines("addr2line", ["-i", "-a", "-e", whole], input).join("\n").split(/^0x/m).slice(1);
  const told = blocks.map((block) => {
    const [at = "", ...places] = block.trim().split("\n");
    const place = table.placeAt(Number.parseInt(at, 16));
    const [only, ...others] = places.map((text) => text.replace(/ \(discriminator.*|^\.\//g, ""));
    return { at, place, only: others.length === 0 ? only : undefined };
  });
  const wrong = told.filter(({ place, only }) => place !== null && `${place.file}:${place.line}` !== only);
  assert.deepEqual(wrong.slice(0, 5), []);
  const missing = told.filter(
    ({ place, only }) => place === null && only !== undefined && !/\?|<autogenerated>/.test(only),
  );
  const known = told.filter(({ place }) => place !== null);
  t.diagnostic(`${told.length} calls, ${known.length} with their lines, ${missing.length} without that have one`);
  assert.ok(known.length > told.length / 2 && missing.length < told.length / 10, JSON.stringify(missing.slice(0, 5)));
});

test("a table that is cut, or spoilt anywhere, ends every search", { timeout: 120_000 }, (t) => {
  const { elf, bytes, table, close } = tableOf(stripped);
  t.after(close);
  const section = elf.sections.find(({ name }) => name === ".gopclntab");
  assert.ok(section !== undefined);
  const good = bytes.read(0, bytes.size);
  const [some = 0] = [...symbols(whole)].filter(([, names]) => names.includes("main.fetchForgotten")).map(([at]) => at);
  assert.equal(table.find(some)?.name, "main.fetchForgotten");
  const near = fc.record({
    // Half of them in the header.
    at: fc.oneof(fc.nat({ max: 71 }), fc.nat({ max: section.size - 9 })),
    spoilt: fc.uint8Array({ minLength: 1, maxLength: 8 }),
    size: fc.oneof(fc.constant(section.size), fc.nat({ max: section.size })),
    into: fc.nat({ max: 1_000 }),
  });
  fc.assert(
    fc.property(near, ({ at, spoilt, size, into }) => {
      const kept = Buffer.from(good.subarray(section.offset + at, section.offset + at + spoilt.length));
      good.set(spoilt, section.offset + at);
      const cut = { ...elf, sections: elf.sections.map((of) => (of === section ? { ...of, size } : of)) };
      const read = readGoTable(cut, bytesOf(good));
      for (const where of [some + into, 0, 2 ** 52]) {
        const found = read?.find(where) ?? null;
        const place = read?.placeAt(where) ?? null;
        assert.ok(found === null || found.name.length <= 1_024);
        assert.ok(place === null || place.file.length <= 1_024);
      }
      kept.copy(good, section.offset + at);
    }),
    { numRuns: 500 },
  );
});
