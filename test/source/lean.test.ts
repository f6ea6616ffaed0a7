/** Lean probes' lines → events, from what bpftrace 0.17 printed while fixtures' leaker ran (test/live/leaner.py). */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import type { Event } from "../../src/model/event.ts";
import { EventFilter } from "../../src/model/filter.ts";
import { Tracker } from "../../src/model/tracker.ts";
import { Lines } from "../../src/source/lines.ts";
import { Pipeline } from "../../src/source/pipeline.ts";
import { scriptFile, withLimits } from "../../src/source/script.ts";
import { isEvent } from "../../src/wire/specification.ts";

const RECORDED = readFileSync(new URL("../../fixtures/bpftrace/0.17-lean-tracepoint-6.18.ndjson", import.meta.url));
const HEADER: Event = {
  ...{ type: "recording", atUs: 0, seq: 1, schema: 1, host: "h", kernel: "6.18.0", bootId: "b" },
  ...{ attachment: "tracepoint", bpftrace: "0.17.0", mode: "lean", filters: {}, wallMs: 0 },
};

async function events(bytes: Buffer): Promise<Event[]> {
  const told: Event[] = [];
  const everything = new EventFilter({});
  const pipeline = new Pipeline({
    events: (batch) => told.push(...everything.pass(batch)),
    wallMs: () => 1,
    bootNs: () => Number.POSITIVE_INFINITY,
    cpus: 2,
  });
  const lines = new Lines({ value: (line) => pipeline.take(line), refused: (count) => pipeline.refused(count) });
  await lines.write(bytes);
  await lines.end();
  pipeline.flush();
  return told;
}

const socketEvents = (all: readonly Event[], sock: string) =>
  all.filter((event) => "sock" in event && event.sock === sock);

/** "accept CLOSE_WAIT close LAST_ACK CLOSE destroyed": what is told of one life. */
function lifeText(all: readonly Event[], sock: string): string {
  return socketEvents(all, sock)
    .map((event) => {
      if (event.type === "state") return event.to;
      return event.type === "open" || event.type === "close" ? event.how : event.type;
    })
    .join(" ");
}

test("each suspect's life is told with the times at which it happened", async () => {
  const all = await events(RECORDED);
  for (const event of all) assert.ok(isEvent(event), JSON.stringify(event));
  const lives = [...new Set(all.flatMap((event) => ("sock" in event ? [event.sock] : [])))].map((sock) =>
    lifeText(all, sock),
  );
  const counted = new Map<string, number>();
  for (const life of lives) counted.set(life, (counted.get(life) ?? 0) + 1);
  assert.deepEqual(Object.fromEntries(counted), {
    "accept CLOSE_WAIT close LAST_ACK CLOSE destroyed": 6,
    "accept CLOSE destroyed": 4,
    "connect CLOSE_WAIT close LAST_ACK CLOSE destroyed": 2,
  });
  const ticks = all.filter((event) => event.type === "tick");
  const first = all.find((event) => event.type === "open");
  assert.ok(first !== undefined && ticks.some(({ atUs }) => atUs > first.atUs), "told later than they happened");
});

test("the books are those of the kernel, and who has closed something is known", async () => {
  const all = await events(RECORDED);
  const tracker = new Tracker();
  tracker.apply(HEADER);
  const until = all.findIndex((event) => event.type === "close");
  for (const event of all.slice(0, until)) tracker.apply(event);
  const leaking = tracker.snapshot(all[until]?.atUs ?? 0);
  assert.equal(leaking.processes.length, 1);
  const [process] = leaking.processes;
  assert.equal(process?.unclosed.length, 12);
  assert.equal(process?.hasClosed, true);
  for (const event of all.slice(until)) tracker.apply(event);
  const { books } = tracker.snapshot(all.at(-1)?.atUs ?? 0);
  assert.deepEqual(books, { opened: 424, standing: 0, closed: 424, live: 0, lost: 0 });
});

test("a full map is a gap with its number", async () => {
  const beat = (s: number) => `{"type":"value","data":["beat",0,${s}000000000]}`;
  const full = (n: number) => `{"type":"map","data":{"@full":${n}}}`;
  const all = await events(Buffer.from([full(0), beat(1), full(7), beat(2), full(7), beat(3), ""].join("\n")));
  assert.deepEqual(
    all.map((event) => (event.type === "gap" ? [event.why, event.lost] : event.type)),
    ["tick", "tick", ["map-full", 7], "tick"],
  );
});

test("the script is told the suspect age and the CPUs, and nothing else of it changes", () => {
  const text = readFileSync(scriptFile("tracepoint", "lean"), "utf8");
  assert.equal(withLimits(text, { suspectMs: 5_000, cpus: 128 }), text);
  const limited = withLimits(text, { suspectMs: 1_000, cpus: 2 });
  const changed = limited.split("\n").filter((line, i) => line !== text.split("\n")[i]);
  assert.deepEqual(changed, ["  $suspect_ns = (int64)1000000000;", "  $cpus = (int64)2;"]);
});
