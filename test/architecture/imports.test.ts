/** src/ keeps to the layout of style.md. rules.test.ts shows that each rule catches what it should. */
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
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

const MAX_LINES = 300;
const root = join(dirname(fileURLToPath(import.meta.url)), "../../src");

function readSources(): Files {
  const entries = readdirSync(root, { recursive: true, withFileTypes: true });
  const paths = entries.filter((entry) => entry.isFile() && entry.name.endsWith(".ts"));
  return new Map(
    paths.map((entry) => {
      const path = join(entry.parentPath, entry.name);
      return [relative(root, path), readFileSync(path, "utf8")];
    }),
  );
}

const files = readSources();

test("the sources were found", () => assert.ok(files.size > 20, `only ${files.size} files under src`));
test("imports go in the direction of the layout", () => assert.deepEqual(findWrongDirections(files), []));
test("every import names a file", () => assert.deepEqual(findDangling(files), []));
test("packages are imported where they belong", () => assert.deepEqual(findWrongPackages(files), []));
test("no import cycles", () => assert.deepEqual(findCycles(files), []));
test("model, analysis and format touch no clock, process, chance, locale", () =>
  assert.deepEqual(findImpurities(files), []));
test("only cli.ts knows arguments and exit codes", () => assert.deepEqual(findExits(files), []));
test(`no file has more than ${MAX_LINES} lines`, () => assert.deepEqual(findLongFiles(files, MAX_LINES), []));

for (const name of ["execa", "ndjson"]) {
  test(`exactly one file imports ${name}`, () => {
    const users = [...files].filter(([, text]) => new RegExp(`from "${name}"`).test(text)).map(([path]) => path);
    assert.equal(users.length, 1, `imported by: ${users.join(", ") || "none"}`);
  });
}
