/** Each command line of docs/recordings.md and of the README that asks a recording with jq does what it says it does: it runs, and answers. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import { printEvent } from "../../src/wire/print.ts";
import { make } from "../recording/generate.ts";
import { folder } from "../recording/temporary.ts";

const EVENTS = [...make({ events: 20_000, leakPercent: 10, rate: 100 })].flat();
const dir = folder();
writeFileSync(join(dir, "db1.ndjson.gz"), gzipSync(EVENTS.map(printEvent).join("")));

function ask(line: string): string {
  return execFileSync("bash", ["-o", "pipefail", "-c", line], { cwd: dir, encoding: "utf8" });
}

function linesOf(file: string): readonly string[] {
  const text = readFileSync(new URL(`../../${file}`, import.meta.url), "utf8");
  return text.split("\n").flatMap((line) => /^ {4}(zcat .*)$/.exec(line)?.[1] ?? []);
}

for (const file of ["docs/recordings.md", "README.md"]) {
  test(`${file}: the lines run, and answer`, () => {
    const lines = linesOf(file);
    assert.ok(lines.length > 0);
    for (const line of lines) assert.notEqual(ask(line).trim(), "", line);
  });
}

test("what they answer is what was recorded", () => {
  const lines = linesOf("docs/recordings.md");
  const answer = (part: string) => ask(lines.find((line) => line.includes(part)) ?? assert.fail(part));
  const inCloseWait = EVENTS.filter((event) => event.type === "state" && event.to === "CLOSE_WAIT");
  const numbers = (text: string) =>
    text
      .trim()
      .split("\n")
      .map((line) => Number(/\d+$|^ *\d+(?= )/.exec(line)?.[0]));
  const sum = (text: string) => numbers(text).reduce((a, b) => a + b);
  assert.equal(sum(answer(".local.port")), inCloseWait.length);
  assert.equal(sum(answer("todate").replace(/^.* /gm, "")), inCloseWait.length);
  const closed = new Set(EVENTS.flatMap((event) => (event.type === "close" ? event.sock : [])));
  const left = inCloseWait.filter((event) => event.type === "state" && !closed.has(event.sock));
  assert.equal(answer("reduce inputs as $e ({};"), `${left.length} java\n`);
});
