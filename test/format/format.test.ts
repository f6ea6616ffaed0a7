import assert from "node:assert/strict";
import { test } from "node:test";
import { formatAddress, isAddress } from "../../src/format/address.ts";
import { fit, pad, truncate, wrap } from "../../src/format/columns.ts";
import { fitCount, formatCount } from "../../src/format/count.ts";
import { formatDuration, formatShortDuration } from "../../src/format/duration.ts";
import { parseDuration } from "../../src/format/parse-duration.ts";
import { plural } from "../../src/format/plural.ts";
import { formatRate } from "../../src/format/rate.ts";
import { safeJson } from "../../src/format/safe-json.ts";
import { sparkline, thin } from "../../src/format/sparkline.ts";
import { displayWidth } from "../../src/format/width.ts";

const S = 1_000;
const MIN = 60 * S;
const H = 60 * MIN;

for (const [ms, text, short] of [
  [0, "0.0 s", "0.0s"],
  [399, "0.3 s", "0.3s"],
  [9_999, "9.9 s", "9.9s"],
  [10_000, "10 s", "10s"],
  [61_900, "61 s", "61s"],
  [119_999, "119 s", "119s"],
  [2 * MIN, "2 min", "2m"],
  [2 * MIN + 5 * S, "2 min 5 s", "2m5s"],
  [9 * MIN + 59 * S, "9 min 59 s", "9m59s"],
  [12 * MIN + 59 * S, "12 min", "12m"],
  [H, "1 h", "1h"],
  [2 * H + 4 * MIN, "2 h 4 min", "2h4m"],
  [24 * H - 1, "23 h 59 min", "23h59m"],
  [52 * H, "2 d 4 h", "2d4h"],
  [-1, "0.0 s", "0.0s"],
  [Number.NaN, "?", "?"],
] as const) {
  test(`${ms} ms is ${text}`, () => {
    assert.equal(formatDuration(ms), text);
    assert.equal(formatShortDuration(ms), short);
    assert.ok(formatShortDuration(ms).length <= 6);
  });
}

for (const [text, ms] of [
  ["500ms", 500],
  ["30s", 30_000],
  ["1.5s", 1_500],
  ["10m", 600_000],
  ["2h", 7_200_000],
  ["1d", 86_400_000],
  ["0s", 0],
] as const) {
  test(`${text} is ${ms} ms`, () => assert.equal(parseDuration(text), ms));
}

for (const text of ["", "5", "s", "-5s", "5 s", "5S", "1e3s", "5sm", ".5s", "5s\n", "0x5s", "99999999999999d"]) {
  test(`${JSON.stringify(text)} is no duration`, () => assert.equal(parseDuration(text), undefined));
}

test("counts have a comma at each thousand, and get shorter where there is no room", () => {
  assert.deepEqual([0, 999, 1_000, 21_312, 1_234_567].map(formatCount), ["0", "999", "1,000", "21,312", "1,234,567"]);
  assert.equal(fitCount(61_204, 6), "61,204");
  assert.equal(fitCount(61_204, 5), "61204");
  assert.equal(fitCount(612_041, 5), "612k");
  assert.equal(fitCount(61_204_111, 4), "61M");
});

test("addresses: v4, v6 in brackets, unknown, and whatever a recording may hold", () => {
  assert.equal(formatAddress({ addr: "10.0.3.4", port: 443 }), "10.0.3.4:443");
  assert.equal(formatAddress({ addr: "::1", port: 80 }), "[::1]:80");
  assert.equal(formatAddress(null), "?");
  assert.equal(formatAddress({ addr: "\x1b[2J", port: 1 }), "\\x1b[2J:1");
});

test("columns are counted as a terminal shows them", () => {
  assert.equal(displayWidth("日本 ab"), 7);
  assert.equal(pad("日本", 6), "日本  ");
  assert.equal(pad("7", 3, "right"), "  7");
  assert.equal(truncate("日本語", 5), "日本…");
  assert.equal(truncate("日本語", 4), "日…");
  assert.equal(truncate("𝒳𝒴𝒵", 2), "𝒳…");
  assert.equal(truncate("abc", 3), "abc");
  assert.equal(truncate("abc", 0), "");
  assert.equal(fit("日本語", 4), "日… ");
  assert.equal(fit("abc", 5, { align: "right" }), "  abc");
});

test("text is wrapped at spaces, and words that are too long where they must be", () => {
  assert.deepEqual(wrap("one two three", 7), ["one two", "three"]);
  assert.deepEqual(wrap("abcdefgh ij", 3), ["abc", "def", "gh", "ij"]);
  assert.deepEqual(wrap("", 5), [""]);
});

test("a sparkline goes from blank to the highest, and anything above zero is to be seen", () => {
  assert.equal(sparkline([0, 1, 50, 100], 10), " ▁▄█");
  assert.equal(sparkline([0, 1, 50, 100], 2), "▄█");
  assert.equal(sparkline([0, 1, 50, 100], 10, { ascii: true }), " .=@");
  assert.equal(sparkline([0, 0], 10), "  ");
  assert.equal(sparkline([1], 0), "");
  assert.equal(sparkline([], 5), "");
});

test("thinning keeps every peak", () => {
  assert.deepEqual(thin([1, 9, 2, 3, 8, 1], 3), [9, 3, 8]);
  assert.deepEqual(thin([1, 2], 5), [1, 2]);
});

test("rates: by the hour, by the day where that is less than one", () => {
  const rates = [2_360, 71, 0.5, 0.3, 0.04, 0.01, 0, -3, Number.NaN].map(formatRate);
  assert.deepEqual(rates, ["2,360/h", "71/h", "1/h", "7/d", "1/d", "less than 1/d", "0/h", "-3/h", "?"]);
});

test("plurals", () => {
  const texts = [plural(1, "process"), plural(2, "process"), plural(6_021, "socket"), plural(0, "socket")];
  assert.deepEqual(texts, ["1 process", "2 processes", "6,021 sockets", "0 sockets"]);
});

test("an address has nothing in it that a shell could read", () => {
  for (const good of ["10.0.0.1", "::", "fd00::3:4", "::ffff:10.0.0.1"]) assert.ok(isAddress(good), good);
  for (const bad of ["", "443", "$(x)", "10.0.0.1;x", "a b:", "::1%eth0", `${"1".repeat(50)}.1`])
    assert.ok(!isAddress(bad), bad);
});

test("JSON that is printed holds no control, and is read back as it was", () => {
  const raw = { comm: "a\u009b2J\u2028\x1b[31m\x7f\n" };
  assert.match(safeJson(raw), /^[ -~]+$/);
  assert.deepEqual(JSON.parse(safeJson(raw, 2)), raw);
});
