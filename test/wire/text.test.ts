import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { repairText } from "../../src/wire/text.ts";

/** As bpftrace prints a string: bytes of 0x80 and above sign-extended, then parsed as JSON. */
function asPrinted(bytes: Buffer): string {
  const text = [...bytes]
    .map((byte) =>
      byte >= 0x80 ? `\\uffffff${byte.toString(16)}` : JSON.stringify(String.fromCharCode(byte)).slice(1, -1),
    )
    .join("");
  return JSON.parse(`"${text}"`) as string;
}

test("every name comes back as it was", () => {
  fc.assert(
    fc.property(fc.string({ unit: "grapheme" }), (name) => {
      assert.equal(repairText(asPrinted(Buffer.from(name, "utf8"))), Buffer.from(name, "utf8").toString("utf8"));
    }),
  );
});

test("bytes that are no UTF-8 become replacement characters, and nothing throws", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 16 }), (bytes) => {
      assert.equal(repairText(asPrinted(Buffer.from(bytes))), Buffer.from(bytes).toString("utf8"));
    }),
  );
});

test("a name that looks like the damage is left alone", () => {
  for (const name of ["ffe6", "uffff", "a\\uffffffe6"]) assert.equal(repairText(name), name);
});
