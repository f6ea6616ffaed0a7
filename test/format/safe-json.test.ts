import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { safeJson } from "../../src/format/safe-json.ts";

const anything = fc.oneof(fc.string({ unit: "binary" }), fc.string({ unit: "grapheme" }));

test("whatever comes in, JSON comes out that says the same and holds nothing that acts or hides", () => {
  fc.assert(
    fc.property(anything, (text) => {
      const json = safeJson({ text });
      assert.doesNotMatch(json, /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
      assert.deepEqual(JSON.parse(json), { text });
    }),
  );
});

test("letters stay as they are; what hides is written out", () => {
  assert.equal(safeJson("Größe 日本 🙂"), '"Größe 日本 🙂"');
  assert.equal(safeJson("a\u009b\u007f\u202e\u{e0041}\u2028"), String.raw`"a\u009b\u007f\u202e\udb40\udc41\u2028"`);
});
