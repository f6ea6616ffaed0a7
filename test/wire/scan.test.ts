import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import fc from "fast-check";
import { decodeMessage } from "../../src/wire/message.ts";
import { RAW_FIELDS, type RawTag } from "../../src/wire/raw.ts";
import { Scanner } from "../../src/wire/scan.ts";

/** Printed by bpftrace 0.17 on Linux 6.18. */
const RECORDED = readFileSync(new URL("../../fixtures/bpftrace/0.17-tracepoint-6.18.ndjson", import.meta.url), "utf8");

const scanner = new Scanner();

/** What the short way makes of a line: undefined where it leaves the line alone, null where it is unreadable. */
function short(line: string): unknown {
  // Amid others, as it comes.
  const bytes = Buffer.from(`x\n${line}\n{"type": "value"`);
  const tuple = scanner.tuple(bytes, 2);
  return tuple === undefined ? undefined : (scanner.decode(tuple) ?? null);
}

function long(line: string): unknown {
  try {
    const message = decodeMessage(JSON.parse(line));
    return message.kind === "raw" ? message.raw : null;
  } catch {
    return null;
  }
}

function print(data: readonly unknown[]): string {
  return `{"type": "value", "data": ${JSON.stringify(data)}}`;
}

test("each line that bpftrace printed about a socket goes the short way, and gives what the long way gives", () => {
  const lines = RECORDED.split("\n").filter((line) => line.includes('"value"'));
  const ofSockets = lines.filter((line) => !/"(beat|pulse)"/.test(line));
  assert.ok(ofSockets.length > 50);
  for (const line of ofSockets) assert.deepEqual(short(line), long(line));
  for (const line of lines.filter((line) => /"(beat|pulse)"/.test(line))) assert.equal(short(line), undefined);
});

const number = fc.oneof(
  fc.nat(20),
  fc.integer(),
  fc.maxSafeInteger(),
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map(Number),
  fc.constantFrom(-0, 0, 1.5, 2 ** 53, 2 ** 53 + 2),
);
const text = fc.oneof(
  fc.constantFrom("::ffff:127.0.0.1", "::1", "java", 'a"b', "x\\", "\uffffffe6\uffffff97\uffffffa5", "日本"),
  fc.string(),
  fc.string({ minLength: 60, maxLength: 70 }),
);
const isText = (field: string) => ["local", "remote", "comm"].includes(field);
const tuple = fc
  .constantFrom(...(Object.keys(RAW_FIELDS) as RawTag[]))
  .chain((tag) =>
    fc
      .tuple(...RAW_FIELDS[tag].map((field) => (isText(field) ? text : number) as fc.Arbitrary<unknown>))
      .map((fields) => [tag, ...fields]),
  );

test("whatever a tuple holds, the short way gives what the long way gives, or leaves it alone", () => {
  let taken = 0;
  fc.assert(
    fc.property(tuple, (data) => {
      const line = print(data);
      const seen = short(line);
      if (seen === undefined) return;
      taken++;
      assert.deepEqual(seen, long(line));
    }),
    { numRuns: 2_000 },
  );
  assert.ok(taken > 500, `${taken} went the short way`);
});

test("a line with a byte changed, dropped or doubled is never read as another than it is", () => {
  const lines = RECORDED.split("\n").filter((line) => line.includes('"value"'));
  const byte = fc.constantFrom(...'0129-+.,"[]{}: aZ\\\t\u007f', "é");
  const change = fc.tuple(fc.constantFrom(...lines), fc.nat(200), fc.constantFrom(0, 1, 2), byte);
  fc.assert(
    fc.property(change, ([line, where, how, letter]) => {
      const at = where % line.length;
      const put = [letter, "", `${line[at]}${line[at]}`][how] ?? "";
      const changed = line.slice(0, at) + put + line.slice(at + 1);
      const seen = short(changed);
      if (seen !== undefined) assert.deepEqual(seen, long(changed));
    }),
    { numRuns: 5_000 },
  );
});

test("a number beyond 2^53 is rounded once, as JSON rounds it", () => {
  for (const ns of ["9007199254740993", "9123456789012345678", "18446744073709551615"]) {
    const line = `{"type": "value", "data": ["read",1,${ns},-64,1,2,"a"]}`;
    assert.deepEqual(short(line), long(line));
    assert.notEqual(short(line), undefined);
  }
});

test("a text is the one that was there before where it is the same, and never another of the same hash", () => {
  const line = (comm: string) => print(["read", 1, 5, -64, 1, 2, comm]);
  const names = Array.from({ length: 20_000 }, (_, i) => `name ${i * 7_919}`);
  for (const name of [...names, ...names.reverse()]) assert.equal((short(line(name)) as { comm: string }).comm, name);
});
