/** What the texts say that we read: memory maps, perf maps, runtimes' names, symbolizers' answers. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { javaNotes, nativeNotes } from "../../src/symbols/jit/java-stack.ts";
import { parseJitName } from "../../src/symbols/jit/names.ts";
import { PerfMap } from "../../src/symbols/jit/perf-map.ts";
import { runtimeOf } from "../../src/symbols/jit/runtime.ts";
import { isLibc, mappingAt, parseMaps, parseMapsInTurns } from "../../src/symbols/maps.ts";
import { parseAddress } from "../../src/symbols/stack.ts";
import { readableRust } from "../../src/symbols/tools/rust-names.ts";
import { parsePositions } from "../../src/symbols/tools/symbolizer.ts";

const MAPS = `00400000-00401000 r--p 00000000 fe:00 7                                  /srv/app
00401000-00452000 r-xp 00001000 fe:00 7                                  /srv/app
7f0000000000-7f0000001000 rwxp 00000000 00:00 0 
7f0000002000-7f0000003000 r-xp 00002000 fe:00 8                          /srv/a b\\012c.so (deleted)
7ffd00000000-7ffd00002000 r-xp 00000000 00:00 0                          [vdso]
`;

test("a memory map: what can be executed", () => {
  const mappings = parseMaps(MAPS);
  assert.deepEqual(
    mappings.map(({ link, path, deleted, inode }) => [link, path, deleted, inode]),
    [
      ["401000-452000", "/srv/app", false, 7],
      ["7f0000000000-7f0000001000", "", false, 0],
      ["7f0000002000-7f0000003000", "/srv/a b\nc.so", true, 8],
      ["7ffd00000000-7ffd00002000", "[vdso]", false, 0],
    ],
  );
  const at = (address: number) => mappingAt(mappings, address)?.path;
  assert.deepEqual(
    [at(0x400fff), at(0x401000), at(0x451fff), at(0x452000)],
    [undefined, "/srv/app", "/srv/app", undefined],
  );
  assert.equal(at(Number.NaN), undefined);
});

test("a large memory map is read in turns, to the same end", async () => {
  const line = (i: number) => {
    const start = (0x7f0000000000 + i * 8192).toString(16);
    return `${start}-${start.slice(0, -3)}fff ${i % 7 === 0 ? "r-xp" : "r--s"} 00000000 fe:00 7    /srv/index/${i}\n`;
  };
  const text = Array.from({ length: 40_000 }, (_, i) => line(i)).join("");
  let turns = 0;
  const timer = setInterval(() => turns++, 0);
  const mappings = await parseMapsInTurns(text);
  clearInterval(timer);
  assert.deepEqual(mappings, parseMaps(text));
  assert.equal(mappings.length, Math.ceil(40_000 / 7));
  assert.ok(turns > 1, `${turns} turns`);
});

const LIBC = [
  "libc.so.6",
  "libc-2.31.so",
  "libpthread-2.31.so",
  "libpthread.so.0",
  "ld-linux-x86-64.so.2",
  "ld-2.31.so",
  "ld-musl-x86_64.so.1",
  "libc.musl-x86_64.so.1",
];
const OTHERS = ["libcurl.so.4", "libc++.so.1", "libcrypto.so.3", "ldap.so", "libcares.so.2", "app"];

test("libc, and what only begins like it", () => {
  const mapping = (name: string) => parseMaps(`1000-2000 r-xp 0 fe:00 1 /usr/lib/${name}`)[0];
  const isOne = (name: string) => isLibc(mapping(name) ?? assert.fail(name));
  assert.deepEqual([...LIBC, ...OTHERS].filter(isOne), LIBC);
});

test("addresses are hexadecimal and below 2^53", () => {
  const read = ["7f80a1b2c3d4", "0", "ffffffffff600000", "0x10", "", "g", "-1"].map(parseAddress);
  assert.deepEqual(read, [0x7f80a1b2c3d4, 0, Number.NaN, Number.NaN, Number.NaN, Number.NaN, Number.NaN]);
});

const PERF_MAP = `7f00 100 first
0x000000000000a000 0x0000000000000020 int Waits.reckon(int)
not a line
7f80 10 second, within the first
zz 10 no number
a000 0 empty
b000 10 日本
last line without an end`;

test("a perf map cut anywhere says the same", () => {
  const bytes = Buffer.from(PERF_MAP);
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: bytes.length }), { maxLength: 8 }), (cuts) => {
      const map = new PerfMap();
      const ends = [...cuts.sort((a, b) => a - b), bytes.length];
      for (const [i, end] of ends.entries()) map.append(bytes.subarray(ends[i - 1] ?? 0, end));
      const found = [0x7f00, 0x7f7f, 0x7f80, 0x7f90, 0x7fff, 0x8000, 0xa000, 0xa01f, 0xa020, 0xb008].map((a) =>
        map.find(a),
      );
      const [first, second, java] = ["first", "second, within the first", "int Waits.reckon(int)"];
      assert.deepEqual(found, [first, first, second, first, first, null, java, java, null, "日本"]);
      assert.equal(map.count, 4);
    }),
  );
});

test("lines without end take no memory", () => {
  const map = new PerfMap();
  for (let i = 0; i < 20; i++) map.append(Buffer.alloc(1024 * 1024, 0));
  map.append(Buffer.from("\n10 10 after\n"));
  assert.equal(map.find(0x18), "after");
});

const NAMES: readonly (readonly [string, string, string | null, number | null])[] = [
  ["LazyCompile:*handler /app/server.js:10:5", "handler", "/app/server.js", 10],
  ["JS:~handler /srv/x.js:3:1", "handler", "/srv/x.js", 3],
  ["JS:^onData file:///srv/a%20b.mjs:7:9", "onData", "/srv/a%20b.mjs", 7],
  ["Function:~ /srv/x.js:3:1", "(anonymous)", "/srv/x.js", 3],
  ["JS:*get size node:internal/url:5:1", "get size", "node:internal/url", 5],
  ["Script:~ /srv/a b.js:1:1", "(anonymous)", "/srv/a b.js", 1],
  ["Eval:~run evalmachine.<anonymous>:2:3", "run", "evalmachine.<anonymous>", 2],
  ["Builtin:ArrayPush", "Builtin:ArrayPush", null, null],
  ["py::handler:/app/app.py", "handler", "/app/app.py", null],
  ["py::Server.run.<locals>.<lambda>:/app/a:b.py", "Server.run.<locals>.<lambda>", "/app/a:b.py", null],
  ["int java.lang.String.hashCode()", "java.lang.String.hashCode()", null, null],
  [
    "byte[] java.util.Arrays.copyOfRange(byte[], int, int)",
    "java.util.Arrays.copyOfRange(byte[], int, int)",
    null,
    null,
  ],
  ["java.net.Socket shop.Pool$1.dial(java.net.URI, int[])", "shop.Pool$1.dial(URI, int[])", null, null],
  ["void shop.Pool.<init>(java.util.Map$Entry)", "shop.Pool.<init>(Map$Entry)", null, null],
  ["I2C/C2I adapters", "I2C/C2I adapters", null, null],
];

for (const [text, name, file, line] of NAMES) {
  test(text, () => assert.deepEqual(parseJitName(text), { function: name, file, line }));
}

test("runtimes, by program or library", () => {
  const of = (exe: string, library = "libz.so.1") => {
    return runtimeOf({ exe, mappings: parseMaps(`1000-2000 r-xp 0 fe:00 1 /usr/lib/${library}`) });
  };
  assert.deepEqual(
    [
      of("/usr/bin/node"),
      of("/usr/bin/python3.12 (deleted)"),
      of("/usr/bin/java", "libjvm.so"),
      of("/usr/sbin/uwsgi", "libpython3.11.so.1.0"),
      of("/srv/nodetool"),
    ],
    ["node", "python", "java", "python", null],
  );
});

test("Rust's legacy names without escapes and hashes; others as they are", () => {
  const legacy = "_$LT$orders..Desk$LT$T$GT$$u20$as$u20$orders..Take$GT$::take_order::h80c4b05c410b5a46";
  assert.equal(readableRust(legacy), "<orders::Desk<T> as orders::Take>::take_order");
  assert.equal(readableRust("core::fmt::write::h80c4b05c410b5a46"), "core::fmt::write");
  assert.equal(readableRust("std[e28293b1aa0f68bd]::io::flush"), "std::io::flush");
  assert.equal(readableRust("shop::Box<int [4]>::take(int)"), "shop::Box<int [4]>::take(int)");
});

const position = (name: string | null, file: string, line: number | null) => ({ function: name, file, line });

test("llvm-symbolizer's answer", () => {
  const text = "0x119a\ninner\n/src/t.cpp:4\nshop::Box<int>::take(int)\n/src/t.cpp:5\n0x12\n??\n??:0\n";
  const outer = position("shop::Box<int>::take(int)", "/src/t.cpp", 5);
  assert.deepEqual(
    [...parsePositions(text, "llvm-symbolizer")],
    [
      [0x119a, [position("inner", "/src/t.cpp", 4), outer]],
      [0x12, []],
    ],
  );
});

test("eu-addr2line's", () => {
  const text =
    "0x000000000000119a\ninner inlined at /src/t.cpp:5:51 in take(int)\n/src/t.cpp:4:117\ntake(int)\n/src/t.cpp:5:51\n";
  assert.deepEqual(parsePositions(text, "eu-addr2line").get(0x119a), [
    position("inner", "/src/t.cpp", 4),
    position("take(int)", "/src/t.cpp", 5),
  ]);
});

test("addr2line's, which calls an inlined function by the name of the one around it", () => {
  const text =
    "0x000000000000119a\ntake(int) [clone .isra.0]\n/src/t.cpp:4 (discriminator 2)\ntake(int)\n/src/t.cpp:5\n0x2\nmain\n/src/t.cpp:?\n";
  assert.deepEqual(
    [...parsePositions(text, "addr2line")],
    [
      [0x119a, [position(null, "/src/t.cpp", 4), position("take(int)", "/src/t.cpp", 5)]],
      [0x2, [position("main", "/src/t.cpp", null)]],
    ],
  );
});

const INNER = [null, "int sun.nio.ch.Net.connect0(int)", "void Paths.dial()"];
const STACKS: readonly (readonly [string, readonly (string | null)[], readonly RegExp[]])[] = [
  ["a whole Java stack", [...INNER, "StubRoutines (1)", null, null], []],
  ["one that the walk did not come to the end of", INNER, []],
  ["one without the callers of what was compiled", [...INNER, null, null], [/-XX:\+PreserveFramePointer/]],
  ["one that is interpreted", [null, "Interpreter", "Interpreter", "StubRoutines (1)", null], [/interpreted/]],
  ["one of the machine's own threads", [null, null], []],
];

test("a Java stack without any code of the machine's making: a hole, or one of its own threads", () => {
  assert.match(nativeNotes(["/usr/lib/jvm/lib/libnio.so"]).join(), /-XX:\+PreserveFramePointer/);
  assert.deepEqual(nativeNotes(["/usr/lib/jvm/lib/libdt_socket.so", "/usr/lib/jvm/lib/server/libjvm.so"]), []);
});

for (const [what, names, expected] of STACKS) {
  test(`${what}: what its notes say`, () => {
    const notes = javaNotes(names);
    assert.equal(notes.length, expected.length, notes.join());
    for (const [index, note] of notes.entries()) assert.match(note, expected[index] as RegExp);
  });
}
