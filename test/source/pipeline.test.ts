import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import fc from "fast-check";
import type { Event } from "../../src/model/event.ts";
import { Lines } from "../../src/source/lines.ts";
import { Pipeline } from "../../src/source/pipeline.ts";
import { printEvent } from "../../src/wire/print.ts";
import { isEvent } from "../../src/wire/specification.ts";

/** Printed by bpftrace 0.17 on Linux 6.18 while a Python program opened and closed sockets. */
const RECORDED = readFileSync(new URL("../../fixtures/bpftrace/0.17-tracepoint-6.18.ndjson", import.meta.url));

async function run(chunks: readonly Buffer[], use: (pipeline: Pipeline) => void = () => {}): Promise<Event[]> {
  const events: Event[] = [];
  const pipeline = new Pipeline({ events: (batch) => events.push(...batch), wallMs: () => 1, clockNs: () => 0 });
  const lines = new Lines({ value: (line) => pipeline.take(line), refused: (count) => pipeline.refused(count) });
  for (const chunk of chunks) {
    await lines.write(chunk);
    pipeline.release();
  }
  await lines.end();
  use(pipeline);
  pipeline.flush();
  return events;
}

test("bytes cut anywhere give the same events, in order, numbered, each as specified", async () => {
  const whole = await run([RECORDED]);
  assert.ok(whole.length > 60, "the recording holds something");
  assert.deepEqual(
    whole.map(({ seq }) => seq),
    whole.map((_, i) => i + 1),
  );
  assert.deepEqual(
    whole.map(({ atUs }) => atUs),
    whole.map(({ atUs }) => atUs).sort((a, b) => a - b),
  );
  for (const event of whole) assert.ok(isEvent(event), JSON.stringify(event));
  await fc.assert(
    fc.asyncProperty(fc.array(fc.nat(RECORDED.length), { maxLength: 50 }), async (places) => {
      const cuts = [...new Set(places)].sort((a, b) => a - b);
      assert.deepEqual(await run([0, ...cuts].map((start, i) => RECORDED.subarray(start, cuts[i]))), whole);
    }),
    { numRuns: 30 },
  );
});

test("printing and parsing an event is the identity", async () => {
  for (const event of await run([RECORDED])) assert.deepEqual(JSON.parse(printEvent(event)), event);
});

test("losses, broken lines and bpftrace's own troubles are gaps with their number and reason", async () => {
  const text = [
    '{"type": "lost_events", "data": {"events": 42}}',
    '{"type": "value", "data": ["state", 1]}',
    "not json",
    '{"type": "helper_error", "msg": "no memory"}',
    "",
  ].join("\n");
  const gaps = (await run([Buffer.from(text)])).map((event) =>
    event.type === "gap" ? [event.why, event.lost] : event.type,
  );
  assert.deepEqual(gaps, [
    ["lost", 42],
    ["lost", null],
    ["unreadable", 2],
  ]);
});

test("skipped probe runs that later events implied are no loss, the others are, after the next count", async () => {
  const skip = (...counts: number[]) => run([], (pipeline) => counts.forEach((count) => void pipeline.skipped(count)));
  assert.deepEqual(await skip(5), []);
  const [gap, ...more] = await skip(5, 0, 0);
  assert.ok(gap?.type === "gap" && more.length === 0);
  assert.deepEqual([gap.why, gap.lost], ["recursion", 5]);
});
