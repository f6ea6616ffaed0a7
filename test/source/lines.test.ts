import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { LINE_MAX_BYTES, Lines } from "../../src/source/lines.ts";

async function read(chunks: readonly Buffer[]): Promise<{ values: unknown[]; refused: number }> {
  const values: unknown[] = [];
  let refused = 0;
  const lines = new Lines({
    value: (value) => values.push(value),
    refused: (count) => {
      refused += count;
    },
  });
  for (const chunk of chunks) await lines.write(chunk);
  await lines.end();
  return { values, refused };
}

function cutAt(bytes: Buffer, places: readonly number[]): Buffer[] {
  const cuts = [...new Set(places.map((place) => place % (bytes.length + 1)))].sort((a, b) => a - b);
  return [0, ...cuts].map((start, i) => bytes.subarray(start, cuts[i] ?? bytes.length));
}

/** A line and whether it is taken. */
const line = fc.oneof(
  fc.record({ a: fc.integer(), text: fc.string() }).map((value) => ({ text: JSON.stringify(value), value })),
  fc
    .constantFrom("null", "{", "{]", "17", "ERROR: x", "\u0000", '"{"', "[1]")
    .map((text) => ({ text, value: undefined })),
);

test("bytes cut anywhere give the same values and the same count of refused lines", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(line), fc.array(fc.nat(5_000)), async (list, places) => {
      const bytes = Buffer.from(list.map(({ text }) => `${text}\n`).join(""));
      const good = list.filter(({ value }) => value !== undefined);
      const { values, refused } = await read(cutAt(bytes, places));
      assert.deepEqual(
        values,
        good.map(({ text }) => JSON.parse(text)),
      );
      assert.equal(refused, list.length - good.length);
    }),
  );
});

test("blank lines are no lines", async () => {
  assert.deepEqual(await read([Buffer.from('\n{"a":1}\r\n\r\n\n{"a":2}\n')]), {
    values: [{ a: 1 }, { a: 2 }],
    refused: 0,
  });
});

test("a cut last line is refused, a line `null` does not end the stream", async () => {
  assert.deepEqual(await read([Buffer.from('null\n{"a":1}\n{"a":')]), { values: [{ a: 1 }], refused: 2 });
});

test("a line that is too long is refused once, in whatever pieces, and the next is read", async () => {
  const long = Buffer.concat([
    Buffer.from('{"a":"'),
    Buffer.alloc(3 * LINE_MAX_BYTES, "x"),
    Buffer.from('"}\n{"b":1}\n'),
  ]);
  for (const size of [1_000, LINE_MAX_BYTES, long.length]) {
    const chunks = Array.from({ length: Math.ceil(long.length / size) }, (_, i) =>
      long.subarray(i * size, (i + 1) * size),
    );
    assert.deepEqual(await read(chunks), { values: [{ b: 1 }], refused: 1 });
  }
});
