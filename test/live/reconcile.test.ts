/** What the probes could not tell, a census does: before they came, while bpftrace was dead, and after what was lost. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Event } from "../../src/model/event.ts";
import type { ProcessView, Snapshot } from "../../src/model/snapshot.ts";
import { Tracker } from "../../src/model/tracker.ts";
import { Program, Trace } from "./sockleak.ts";

type Server = Program<{ pid: number; port: number }>;

const server = (): Server => new Program("server.py");

/** What a trace of this server's port has told so far. */
function snapshotOf(events: readonly Event[]): Snapshot {
  const tracker = new Tracker();
  for (const event of events) tracker.apply(event);
  return tracker.snapshot(events.at(-1)?.atUs ?? 0);
}

function processOf(events: readonly Event[], pid: number): ProcessView | undefined {
  return snapshotOf(events).processes.find((process) => process.pid === pid);
}

function isFullRound(event: Event): boolean {
  return event.type === "round" && event.scope === "full";
}

/** Kills bpftrace, lets `meanwhile` happen, and waits until the next one traces and a round has looked at everything since. */
async function outage(trace: Trace, meanwhile: () => Promise<unknown> = async () => {}): Promise<void> {
  const { seq } = trace.events.at(-1) as Event;
  process.kill(trace.bpftrace, "SIGKILL");
  await trace.until((event) => event.seq > seq && event.type === "gap" && event.why === "restart");
  await meanwhile();
  const traced = await trace.until((event) => event.seq > seq && event.type === "recording");
  await trace.until((event) => event.seq > traced.seq && event.type === "round" && event.scope === "full");
}

test("what leaked before sockleak came is told at once, with its owner, before any probe is attached", async () => {
  const leaker = server();
  const { pid, port } = await leaker.ready;
  await leaker.ask("leak 23");
  const trace = await Trace.start("--local-port", String(port));
  const attachedAt = trace.events.findIndex((event) => event.type === "recording" && event.attachment !== "census");
  const before = trace.events.slice(0, attachedAt);
  await trace.stop();
  await leaker.stop();
  assert.ok(before.some(isFullRound));
  const process = processOf(before, pid);
  assert.deepEqual([process?.facts?.exe !== null, process?.unclosed.length], [true, 23]);
  for (const { state, side, owner, sight } of process?.unclosed ?? []) {
    assert.deepEqual([state, side, owner?.pid, owner?.learned], ["CLOSE_WAIT", null, pid, "census"]);
    assert.deepEqual([sight?.seen.recvQ, sight?.seen.holders.length], [0, 1]);
  }
});

test("connections accepted while bpftrace was dead have their owner after one round", async () => {
  const leaker = server();
  const { pid, port } = await leaker.ready;
  const trace = await Trace.start("--local-port", String(port));
  await outage(trace, () => leaker.ask("leak 23"));
  const { events } = trace;
  await trace.stop();
  await leaker.stop();
  const upToRound = events.slice(0, events.findLastIndex(isFullRound) + 1);
  assert.equal(processOf(upToRound, pid)?.unclosed.length, 23);
});

test("the books balance across three outages under load, and two rounds later only what is open is left", async () => {
  const busy = server();
  const { pid, port } = await busy.ready;
  const trace = await Trace.start("--port", String(port));
  await busy.ask("leak 23");
  await busy.ask("churn");
  for (let times = 0; times < 3; times++) await outage(trace);
  const { churned } = await busy.ask<{ churned: number }>("rest");
  // A socket is given up when two whole rounds have not seen it: each attachment brings one.
  for (let times = 0; times < 2; times++) await outage(trace);
  const { events } = trace;
  const { books, byState, census } = snapshotOf(events);
  const left = processOf(events, pid)?.unclosed ?? [];
  await trace.stop();
  await busy.stop();
  assert.ok(churned > 0);
  assert.equal(books.opened + books.standing, books.closed + books.live + books.lost);
  assert.deepEqual([left.length, byState.CLOSE_WAIT], [23, 23]);
  // The clients' ends of those 23 are closed by their process, and wait for the peer's FIN in FIN_WAIT2.
  const { FIN_WAIT2: waiting = 0 } = byState;
  assert.equal(books.live, 23 + waiting, JSON.stringify({ byState, corrections: census?.corrections }));
});
