/**
 * Lean and full name the same leaks: both trace one zoo at the same time, and of each program both say the same process, kind,
 * count and age. (Their confidence may differ: only full mode sees reads.)
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { analyse } from "../../src/analysis/analyse.ts";
import { documentOf } from "../../src/analysis/document.ts";
import type { DocumentFinding, FindingsDocument } from "../../src/analysis/findings-document.ts";
import { boottimeUs } from "../../src/host/boottime.ts";
import type { Event } from "../../src/model/event.ts";
import { Tracker } from "../../src/model/tracker.ts";
import { findingsOf, heading, judge, printLine, type Stood, startAll } from "../zoo/diagnosis.ts";
import { programs } from "../zoo/programs.ts";
import { Trace } from "./sockleak.ts";

/** Lean tells of a socket from the suspect age on, 5 s. */
const THRESHOLDS = { olderThanMs: 6_000, suspectMs: 5_000 };
const STOOD_US = 8_000_000;
/** Two looks at moments of their own: bounds of ages may differ by that. */
const AGE_APART_MS = 250;

test("lean and full name the same leaks of the zoo", async (t) => {
  const [full, lean] = await Promise.all([Trace.start("--mode", "full"), Trace.start("--mode", "lean")]);
  const missing: string[] = [];
  const stood = await startAll(programs, { address: "127.0.0.1" }, missing);
  const readyUs = boottimeUs();
  try {
    await Promise.all([full, lean].map((trace) => hasLooked(trace, readyUs)));
    const atUs = boottimeUs();
    await Promise.all([full, lean].map((trace) => hasTold(trace, atUs)));
    const documents = { full: documentAt(full, atUs), lean: documentAt(lean, atUs) };
    const lines = [documents.lean, documents.full].flatMap((document) =>
      stood.map((one) => judge(one, document, "trace")),
    );
    for (const line of [heading, ...lines]) t.diagnostic(printLine(line));
    for (const why of missing) t.diagnostic(`not run: ${why}`);
    assert.deepEqual(
      lines.filter(({ wrong }) => wrong !== "").map(({ name, wrong }) => `${name}: ${wrong}`),
      [],
    );
    assert.deepEqual(
      stood.flatMap((one) => differences(one, documents)),
      [],
    );
    assert.ok(stood.length >= 30, `${stood.length} programs ran`);
  } finally {
    for (const [mode, { events }] of Object.entries({ full, lean })) t.diagnostic(`${mode} ${looks(events, readyUs)}`);
    await Promise.all([...stood.map(({ zoo }) => zoo.stop()), full.stop(), lean.stop()]);
  }
});

/** All has stood for long enough in a look that was not the first: fds of threads are sought by the second. */
async function hasLooked(trace: Trace, readyUs: number): Promise<void> {
  const first = await trace.until((event) => event.type === "round" && event.fromUs > readyUs);
  const isSecond = (event: Event) => event.type === "round" && event.seq > first.seq;
  await trace.until((event) => isSecond(event) && event.type === "round" && event.fromUs > readyUs + STOOD_US);
}

function looks(events: readonly Event[], readyUs: number): string {
  const looked = events.flatMap((event) => (event.type === "round" ? [event] : []));
  const said = looked.map(
    ({ scope, fromUs, costMs, nextMs }) =>
      `${scope} ${((fromUs - readyUs) / 1_000_000).toFixed(1)} s (${costMs.toFixed(0)} ms, next in ${nextMs} ms)`,
  );
  return `looked: ${said.join(", ")}`;
}

async function hasTold(trace: Trace, atUs: number): Promise<void> {
  await trace.until((event) => event.type === "tick" && event.atUs > atUs);
}

function documentAt({ events }: Trace, atUs: number): FindingsDocument {
  const tracker = new Tracker();
  for (const event of events) tracker.apply(event);
  const snapshot = tracker.snapshot(atUs);
  return documentOf(analyse(snapshot, THRESHOLDS), snapshot, { sockets: 100_000 });
}

type Documents = { readonly full: FindingsDocument; readonly lean: FindingsDocument };

function differences(stood: Stood, { full, lean }: Documents): string[] {
  const leaks = (document: FindingsDocument) => findingsOf(stood, document).filter((finding) => finding.leak);
  const [inFull, inLean] = [leaks(full), leaks(lean)];
  const { name, expected } = stood.program;
  const facts = (of: readonly DocumentFinding[]) =>
    of.map(({ kind, process, count }) => `${kind} ${process?.pid} ${count}`).toSorted();
  const different: string[] = [];
  // Of what moves some are always on their way from one kind to the next.
  if (!expected.moves && facts(inFull).join() !== facts(inLean).join())
    different.push(`${name}: full ${facts(inFull).join()}, lean ${facts(inLean).join()}`);
  for (const one of inFull) {
    const other = inLean.find(({ id }) => id === one.id);
    if (other === undefined || expected.moves) continue;
    if (Math.abs(one.oldest.minMs - other.oldest.minMs) > AGE_APART_MS)
      different.push(`${name}: oldest in full ${JSON.stringify(one.oldest)}, in lean ${JSON.stringify(other.oldest)}`);
  }
  return different;
}
