import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import fc from "fast-check";
import type { Event } from "../../src/model/event.ts";
import { EventFilter } from "../../src/model/filter.ts";
import { Lines } from "../../src/source/lines.ts";
import { Pipeline } from "../../src/source/pipeline.ts";
import { printEvent } from "../../src/wire/print.ts";
import { isEvent } from "../../src/wire/specification.ts";

/** Printed by bpftrace 0.17 on Linux 6.18 while a Python program opened and closed sockets. */
const RECORDED = readFileSync(new URL("../../fixtures/bpftrace/0.17-tracepoint-6.18.ndjson", import.meta.url));

async function run(chunks: readonly Buffer[], use: (pipeline: Pipeline) => void = () => {}): Promise<Event[]> {
  const events: Event[] = [];
  const everything = new EventFilter({});
  const pipeline = new Pipeline({
    events: (batch) => events.push(...everything.pass(batch)),
    wallMs: () => 1,
    bootNs: () => Number.POSITIVE_INFINITY,
    cpus: 2,
  });
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

/** A heartbeat of second `s`; with it CPU 0's word that all before has been told. */
function beat(pipeline: Pipeline, s: number): void {
  for (const tag of ["beat", "pulse"])
    pipeline.take({ type: "value", data: [tag, 0, s * 1e9 + (tag === "beat" ? 0 : 2e8)] });
  pipeline.release();
}

test("skipped probe runs that nothing has implied by the heartbeat with the next count are lost, and so are the last ones at the end", () => {
  const told: [number, number | null][] = [];
  let second = 0;
  const pipeline = new Pipeline({
    events: (batch) =>
      told.push(
        ...batch.flatMap((event): [number, number | null][] => (event.type === "gap" ? [[second, event.lost]] : [])),
      ),
    wallMs: () => 1,
    bootNs: () => Number.POSITIVE_INFINITY,
    cpus: 1,
  });
  for (const skipped of [5, null, 0, null, 3]) {
    if (skipped !== null) pipeline.skipped(skipped);
    beat(pipeline, ++second);
  }
  assert.deepEqual(told, [[3, 5]]);
  second++;
  pipeline.flush();
  assert.deepEqual(told, [
    [3, 5],
    [6, 3],
  ]);
});

test("skipped probe runs that later events implied are no loss", async () => {
  const state = (ns: number, from: number, to: number) =>
    JSON.stringify({ type: "value", data: ["state", 0, ns, -64, from, to, 80, 5000, 1, 0, "10.0.0.1", "10.0.0.2"] });
  const lines = [state(1_000, 10, 3), state(2_000, 3, 1), state(3_000, 8, 9)];
  const events = await run([Buffer.from(`${lines.join("\n")}\n`)], (pipeline) => pipeline.skipped(1));
  assert.deepEqual(
    events.map((event) => (event.type === "state" ? `${event.from}>${event.to}` : event.type)),
    ["LISTEN>SYN_RECV", "SYN_RECV>ESTABLISHED", "ESTABLISHED>CLOSE_WAIT", "CLOSE_WAIT>LAST_ACK"],
  );
});

const moved = (ns: number, from: number, to: number) => ({
  type: "value",
  data: ["state", 0, ns, -64, from, to, 5000, 80, 1, 7, "10.0.0.1", "10.0.0.2"],
});

/** What a pipeline declares lost of the runs that are counted after these lines. */
function lostOf(lines: readonly unknown[], counts: readonly number[]): number {
  let lost = 0;
  const pipeline = new Pipeline({
    events: (batch) => {
      for (const event of batch) if (event.type === "gap") lost += event.lost ?? 0;
    },
    wallMs: () => 1,
    bootNs: () => Number.POSITIVE_INFINITY,
    cpus: 1,
  });
  for (const line of lines) pipeline.take(line);
  beat(pipeline, 1);
  for (const count of counts) pipeline.skipped(count);
  pipeline.flush();
  return lost;
}

test("a skipped run that would have told who connects is lost, though its transition is implied", () => {
  const lines = [moved(1_000, 2, 1), moved(2_000, 1, 4)];
  assert.equal(lostOf(lines, [1]), 1);
});

test("a transition implied without a run that was skipped hides no later one that was", () => {
  const lines = [moved(1_000, 7, 2), moved(2_000, 1, 4)]; // SYN_SENT → ESTABLISHED was lost otherwise
  assert.equal(lostOf(lines, [1]), 0);
  assert.equal(lostOf(lines, [0, 1]), 1);
});
