/** Every symbolizer says the same of one program; what the tests' machine has of them is in scripts/prepare.sh. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { openObject } from "../../src/symbols/elf/object.ts";
import { Lines } from "../../src/symbols/lines.ts";
import { openRegular } from "../../src/symbols/safe-file.ts";
import type { Tool } from "../../src/symbols/tools/find.ts";
import { askSymbolizer } from "../../src/symbols/tools/symbolizer.ts";
import { build, run } from "./start.ts";

async function callIn(path: string, name: string): Promise<number> {
  const listing = (await run("objdump", ["-d", "--no-show-raw-insn", path])).stdout;
  const body = listing.slice(listing.indexOf(`<${name}>:\n`));
  return Number.parseInt(/^ +(\w+):\s+call.*accept/m.exec(body)?.[1] ?? "", 16);
}

for (const kind of ["llvm-symbolizer", "eu-addr2line", "addr2line"] as const) {
  test(`${kind}: what is inlined, and lines`, async () => {
    const path = await build("paths.c", ["-O2", "-g"]);
    const address = await callIn(path, "take_upload");
    const file = openRegular(path);
    const { positions, failure } = await askSymbolizer({ kind, path: kind }, file, [address, 1]);
    file.close();
    assert.equal(failure, null);
    const found = positions
      .get(address)
      ?.map(({ function: name, file: from, line }) => [name, from.endsWith("/paths.c"), line !== null]);
    assert.deepEqual(found, [
      ["wait_for", true, true],
      ["take_upload", true, true],
    ]);
    assert.deepEqual(positions.get(1) ?? [], []);
  });
}

test("one that fails: no positions, and why", async () => {
  const file = openRegular(await build("paths.c", ["-O2", "-g"]));
  const { positions, failure } = await askSymbolizer({ kind: "addr2line", path: "false" }, file, [1]);
  file.close();
  assert.equal(positions.size, 0);
  assert.equal(failure, "addr2line ended with 1");
});

async function learn(tool: Tool | null): Promise<readonly (string | null)[]> {
  const path = await build("paths.c", ["-O2", "-g"]);
  const object = (await openObject(openRegular(path), path, [])) ?? assert.fail("no ELF file");
  const lines = new Lines(Promise.resolve(tool));
  const learnOne = (virtual: number) => lines.learn({ key: "k", path: "/srv/app", object }, new Set([virtual]));
  const said = [await learnOne(1), await learnOne(2)];
  object.close();
  return said;
}

test("without any symbolizer it is said what to install", async () => {
  const said = "no lines: install llvm-symbolizer (llvm), eu-addr2line (elfutils) or addr2line (binutils)";
  assert.deepEqual(await learn(null), [said, said]);
});

test("one that failed on a file is not asked of it again", async () => {
  const [first, second] = await learn({ kind: "addr2line", path: "false" });
  assert.equal(first, "/srv/app: no lines, addr2line ended with 1");
  assert.equal(second, first);
});
