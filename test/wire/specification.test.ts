import assert from "node:assert/strict";
import { test } from "node:test";
import { EVENT_SCHEMAS, isEvent, streamSchema } from "../../src/wire/specification.ts";

test("the JSON Schema of the stream describes every event type", () => {
  const { anyOf } = streamSchema() as { anyOf: { properties: { type: { const: string } } }[] };
  assert.deepEqual(
    anyOf.map(({ properties }) => properties.type.const),
    Object.keys(EVENT_SCHEMAS),
  );
});

test("unknown keys pass, unknown types and wrong fields do not", () => {
  const tick = { type: "tick", atUs: 1, seq: 1, wallMs: 2 };
  assert.ok(isEvent({ ...tick, later: true }));
  for (const wrong of [{ ...tick, type: "tock" }, { ...tick, seq: "1" }, { ...tick, type: "toString" }, null, 7]) {
    assert.ok(!isEvent(wrong));
  }
});
