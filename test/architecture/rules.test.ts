/** Every rule catches a bad sample and lets a good one pass. */
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  type Files,
  findCycles,
  findDangling,
  findExits,
  findImpurities,
  findLongFiles,
  findWrongDirections,
  findWrongPackages,
} from "./rules.ts";

type Rule = (files: Files) => readonly string[];

function caught(rule: Rule, files: Record<string, string>): readonly string[] {
  return rule(new Map(Object.entries(files)));
}

const DIRECTIONS: readonly (readonly [path: string, code: string, good: boolean])[] = [
  ["model/a.ts", 'import { b } from "../format/b.ts";', false],
  ["model/a.ts", 'import type { B } from "../wire/b.ts";', false],
  ["model/a.ts", 'export * from "../analysis/b.ts";', false],
  ["model/a.ts", 'const b = await import("../host/b.ts");', false],
  ["model/a.ts", 'import "../host/b.ts";', false],
  ["model/a.ts", `await import("../" + layer);`, false],
  ["model/a.ts", "await import(name);", false],
  ["model/a.ts", 'import {\n  a,\n  type B,\n} from "../source/b.ts";', false],
  ["report/a.ts", 'import { b } from "../dashboard/b.ts";', false],
  ["dashboard/a.ts", 'import { b } from "../report/b.ts";', false],
  ["dashboard/a.ts", 'import { b } from "../source/b.ts";', false],
  ["host/a.ts", 'import { b } from "../source/b.ts";', false],
  ["cli.ts", 'import { b } from "./source/b.ts";', false],
  ["source/a.ts", 'import { main } from "../cli.ts";', false],
  ["utils/a.ts", 'import { b } from "../model/b.ts";', false],
  ["model/a.ts", 'import { b } from "./b.ts";', true],
  ["model/a.ts", '// import { b } from "../source/b.ts";', true],
  ["model/a.ts", '/* import { b } from "../source/b.ts"; */', true],
  ["model/a.ts", "const text = 'import { b } from \"../source/b.ts\"';", true],
  ["model/a.ts", "const text = `a $" + "{`$" + "{1} /* `} import { b } from '../source/b.ts'`;", true],
  ["model/a.ts", "const quote = /[\"'/]/; const n = 4 / 2 / 1;", true],
  ["commands/a.ts", 'import { b } from "../source/b.ts";', true],
  ["report/a.ts", 'import { b } from "../format/b.ts";', true],
  ["cli.ts", 'import { b } from "./commands/b.ts";', true],
];

for (const [path, code, good] of DIRECTIONS) {
  test(`direction, ${good ? "good" : "bad"}: ${path} ${code.replaceAll("\n", " ")}`, () => {
    assert.equal(caught(findWrongDirections, { [path]: code }).length, good ? 0 : 1);
  });
}

const PACKAGES: readonly (readonly [files: Record<string, string>, complaints: number])[] = [
  [{ "model/a.ts": 'import { readFileSync } from "node:fs";' }, 1],
  [{ "format/a.ts": 'import ms from "pretty-ms";' }, 1],
  [{ "analysis/a.ts": 'import os from "os";' }, 1],
  [{ "commands/a.ts": 'import { execa } from "execa";' }, 1],
  [{ "source/a.ts": 'import "execa";', "source/b.ts": 'import "execa";' }, 2],
  [{ "dashboard/view.ts": 'import blessed from "blessed";' }, 1],
  [{ "dashboard/view.ts": 'import line from "blessed-contrib/lib/widget/charts/line.js";' }, 1],
  [{ "source/a.ts": 'import { execa } from "execa";', "source/b.ts": 'import ndjson from "ndjson";' }, 0],
  [{ "dashboard/screen.ts": 'import blessed from "blessed";', "dashboard/panels/a.ts": 'import "blessed";' }, 0],
  [{ "analysis/a.ts": 'import ipaddr from "ipaddr.js";' }, 0],
];

for (const [files, complaints] of PACKAGES) {
  test(`packages: ${JSON.stringify(files)}`, () => assert.equal(caught(findWrongPackages, files).length, complaints));
}

const IMPURE = [
  "const now = Date.now();",
  "const now = new Date();",
  "const now = +new Date;",
  "const t = performance.now();",
  "const t = process.hrtime.bigint();",
  "const home = process.env.HOME;",
  "process.stdout.write(a);",
  "setTimeout(() => {}, 1);",
  "console.log(1);",
  "const r = Math.random();",
  "const r = Math\n  .random();",
  "const text = (1204).toLocaleString();",
  "const text = n.toLocaleString(undefined, {});",
  "names.sort((a, b) => a.localeCompare(b));",
  "const f = new Intl.NumberFormat();",
  "const f = `$" + "{`$" + "{Date.now()}`}`;",
  "const hour = when.getHours();",
  "await fetch(url);",
];

const PURE = [
  "const iso = new Date(wallMs).toISOString();",
  "for (const process of processes) pids.push(process.pid, process.comm);",
  'const text = n.toLocaleString("en-US");',
  "// Date.now() would be wrong here",
  'const text = "Date.now() console.log(1)";',
  "const rule = /Date.now()/;",
];

for (const code of IMPURE) {
  test(`impure: ${code}`, () => assert.notDeepEqual(caught(findImpurities, { "model/a.ts": code }), []));
}

for (const code of PURE) {
  test(`pure: ${code}`, () => assert.deepEqual(caught(findImpurities, { "format/a.ts": code }), []));
}

test("impurity is allowed where it belongs", () =>
  assert.deepEqual(caught(findImpurities, { "source/a.ts": "Date.now();" }), []));

test("exits and arguments outside cli.ts", () => {
  const files = { "commands/a.ts": "process.exit(1);", "host/b.ts": "process.exitCode = 1;", "cli.ts": "process.argv" };
  assert.equal(caught(findExits, files).length, 2);
});

test("a cycle; type-only imports vanish when compiled and make none", () => {
  const files = {
    "model/a.ts": 'import { b } from "./b.ts";',
    "model/b.ts": 'export { c } from "./c.ts";',
    "model/c.ts": 'import { a } from "./a.ts"; import type { E } from "./e.ts";',
    "model/d.ts": 'import { a } from "./a.ts";',
    "model/e.ts": 'import { c } from "./c.ts";',
  };
  assert.deepEqual(caught(findCycles, files), ["model/a.ts → model/b.ts → model/c.ts → model/a.ts"]);
});

test("an import of no file", () =>
  assert.equal(caught(findDangling, { "model/a.ts": 'import { b } from "./typo.ts";' }).length, 1));

test("a long file", () => {
  const files = new Map([["model/a.ts", "x\n".repeat(301)]]);
  assert.equal(findLongFiles(files, 300).length, 1);
  assert.deepEqual(findLongFiles(new Map([["model/a.ts", "x\n".repeat(300)]]), 300), []);
});
