import assert from "node:assert/strict";
import { test } from "node:test";
import { instantTyped, usOf } from "../../src/commands/instant.ts";
import { formatBytes, parseBytes } from "../../src/format/bytes.ts";
import { parseInstant } from "../../src/format/parse-instant.ts";

test("sizes as disks are sold", () => {
  const sizes = { "65536": 65_536, "200MB": 2e8, "1.5g": 1.5e9, "10 kB": 10_000 };
  for (const [text, bytes] of Object.entries(sizes)) assert.equal(parseBytes(text), bytes, text);
  for (const text of ["", "0", "-1", "MB", "1x", "1e3", "9999999999999TB"])
    assert.equal(parseBytes(text), undefined, text);
  const shown = { 0: "0 B", 999: "999 B", 1000: "1.0 kB", 186867507: "187 MB", 999960: "1.0 MB" };
  for (const [bytes, text] of Object.entries(shown)) assert.equal(formatBytes(Number(bytes)), text);
});

test("instants from the start, the end, by the clock (UTC where no zone is given), by the boot", () => {
  assert.deepEqual(parseInstant("+5m"), { from: "start", ms: 300_000 });
  assert.deepEqual(parseInstant("-30s"), { from: "end", ms: 30_000 });
  assert.deepEqual(parseInstant("847070000us"), { from: "boot", us: 847_070_000 });
  const noon = Date.UTC(2026, 10, 27, 12, 0, 0);
  for (const text of ["2026-11-27T12:00:00Z", "2026-11-27 12:00", "2026-11-27T13:00:00+01:00"]) {
    assert.deepEqual(parseInstant(text), { from: "wall", ms: noon }, text);
  }
  for (const text of ["", "5m", "yesterday", "+5", "2026-13-45T00:00:00Z", "12:00:13"])
    assert.equal(parseInstant(text), undefined, text);
});

test("a time of day is the first one after the recording's start, over midnight, too", () => {
  const startWallMs = Date.UTC(2026, 10, 27, 23, 50, 0);
  const known = { startUs: 5_000_000, endUs: 9e9, startWallMs };
  const at = (text: string) => {
    const instant = instantTyped(text, startWallMs);
    return instant === undefined ? undefined : usOf(instant, known);
  };
  assert.equal(at("23:51:00"), 5_000_000 + 60_000_000);
  assert.equal(at("00:10"), 5_000_000 + 20 * 60_000_000);
  assert.equal(at("+10s"), 15_000_000);
  assert.equal(at("-1s"), 9e9 - 1_000_000);
  assert.equal(at("noon"), undefined);
});
