import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { safeAscii, safeText } from "../../src/format/safe-text.ts";
import { displayWidth } from "../../src/format/width.ts";

for (const [what, raw, text, ascii] of [
  ["plain", 'nginx: a"b {red-fg} %s%n', 'nginx: a"b {red-fg} %s%n', 'nginx: a"b {red-fg} %s%n'],
  ["newline, tab, return", "a\nb\tc\rd", "a\\nb\\tc\\rd", "a\\nb\\tc\\rd"],
  ["escape", "\x1b[2J", "\\x1b[2J", "\\x1b[2J"],
  ["C1 control", "\x9b2J", "\\x9b2J", "\\x9b2J"],
  ["delete", "a\x7f", "a\\x7f", "a\\x7f"],
  ["a name that looks escaped", "\\x1b", "\\\\x1b", "\\\\x1b"],
  ["right-to-left override", "a\u202eb", "a\\u{202e}b", "a\\u{202e}b"],
  ["right-to-left letters", "אב", "\\u{5d0}\\u{5d1}", "\\u{5d0}\\u{5d1}"],
  ["zero width", "a\u200bb\ufeff", "a\\u{200b}b\\u{feff}", "a\\u{200b}b\\u{feff}"],
  ["combining mark", "e\u0301", "e\\u{301}", "e\\u{301}"],
  ["other spaces", "a\u00a0\u3000b", "a\\xa0\\u{3000}b", "a\\xa0\\u{3000}b"],
  ["letters that show as nothing", "\u3164\u115f", "\\u{3164}\\u{115f}", "\\u{3164}\\u{115f}"],
  ["line separator", "a\u2028b", "a\\u{2028}b", "a\\u{2028}b"],
  ["lone surrogate", "a\ud800b", "a\\u{d800}b", "a\\u{d800}b"],
  ["emoji", "🙂", "\\u{1f642}", "\\u{1f642}"],
  ["wide letters", "日本語", "日本語", "\\u{65e5}\\u{672c}\\u{8a9e}"],
  ["letters", "Größe", "Größe", "Gr\\xf6\\xdfe"],
] as const) {
  test(`harmless: ${what}`, () => {
    assert.equal(safeText(raw), text);
    assert.equal(safeAscii(raw), ascii);
  });
}

test("cut by columns, between escapes and code points, and the cut is marked", () => {
  assert.equal(safeText("日本語", 6), "日本語");
  assert.equal(safeText("日本語", 5), "日本…");
  assert.equal(safeText("日本語", 4), "日…");
  assert.equal(safeText("ab\x1bcd", 6), "ab…");
  assert.equal(safeText("ab\x1b", 6), "ab\\x1b");
  assert.equal(safeAscii("x".repeat(200), 10), `${"x".repeat(9)}~`);
  assert.equal(safeAscii("abc", 1), "~");
  assert.equal(safeAscii("abc", 0), "");
});

const anything = fc.oneof(fc.string({ unit: "binary" }), fc.string({ unit: "grapheme" }), fc.string());

test("whatever comes in, nothing that a terminal acts upon comes out, and never more columns than asked for", () => {
  fc.assert(
    fc.property(anything, fc.integer({ min: 0, max: 40 }), (raw, columns) => {
      const text = safeText(raw, columns);
      assert.doesNotMatch(text, /[\p{C}\p{M}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]|(?! )\p{Zs}/u);
      assert.ok(displayWidth(text) <= columns);
      const ascii = safeAscii(raw, columns);
      assert.match(ascii, /^[ -~]*$/);
      assert.ok(ascii.length <= columns);
    }),
  );
});

test("two different texts never look the same", () => {
  fc.assert(
    fc.property(anything, anything, (a, b) => {
      assert.equal(safeText(a) === safeText(b), a === b);
      assert.equal(safeAscii(a) === safeAscii(b), a === b);
    }),
  );
});
