/** Whoever reads `trace --json` stands still: sockleak's memory stays bounded, and what is missing is declared to the last event. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { BACKLOG_MAX_BYTES } from "../../src/commands/outlet.ts";
import type { Event, GapEvent } from "../../src/model/event.ts";
import { Program, Trace } from "./sockleak.ts";

/** Some 100 MB of events. */
const CONNECTIONS = 20_011;
/** Events go out by batches, and a pipe holds something, too. */
const ROOM = 1.1;

const isOverload = (event: Event): event is GapEvent => event.type === "gap" && event.why === "overload";

test("a reader that stops for a while misses what is declared, and no more is kept for it than the bound", async (t) => {
  const trace = await Trace.start();
  trace.child.stdout?.pause();
  const before = trace.events.length;
  const generator = new Program("connections.ts", CONNECTIONS, 4, 64);
  await generator.ready;
  trace.child.stdout?.resume();
  await trace.until(isOverload);
  await generator.stop();
  const events = await trace.stop();

  const gaps = events.filter(isOverload);
  const at = events.indexOf(gaps[0] as GapEvent);
  const keptBytes = events.slice(before, at).reduce((sum, event) => sum + JSON.stringify(event).length + 1, 0);
  const missing = gaps.map((gap) => (events[events.indexOf(gap) + 1]?.seq ?? Number.NaN) - gap.seq);
  const missed = missing.reduce((sum, count) => sum + count, 0);
  const declared = gaps.reduce((sum, { lost }) => sum + (lost ?? Number.NaN), 0);
  t.diagnostic(`${keptBytes} bytes kept, ${missed} events missed, ${declared} declared`);
  assert.ok(keptBytes > BACKLOG_MAX_BYTES / 2 && keptBytes < BACKLOG_MAX_BYTES * ROOM, `${keptBytes} bytes kept`);
  assert.equal(events.length - gaps.length + missed, events.at(-1)?.seq, "places in the stream");
  // A gap that was dropped with the events counts for what it declares itself.
  assert.ok(declared >= missed, `${declared} declared, ${missed} missed`);
});
