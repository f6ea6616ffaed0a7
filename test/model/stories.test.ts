/**
 * fixtures/stories/NAME: events.ndjson is told to the tracker up to each check's instant, and what is then said is
 * compared as a whole. Adding a case is adding a folder.
 * SOCKLEAK_UPDATE=1 writes what is said into expected.json, to be read before it is believed.
 */
import assert from "node:assert/strict";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { analyse } from "../../src/analysis/analyse.ts";
import type { Event } from "../../src/model/event.ts";
import { Tracker } from "../../src/model/tracker.ts";

type Check = { readonly atUs: number } & Record<string, unknown>;

const STORIES = fileURLToPath(new URL("../../fixtures/stories/", import.meta.url));

/** What a person would be told at one instant. */
function said(events: readonly Event[], atUs: number): Check {
  const tracker = new Tracker();
  for (const event of events) if (event.atUs <= atUs) tracker.apply(event);
  const snapshot = tracker.snapshot(atUs);
  const { verdict, text, why, suspects } = analyse(snapshot);
  const sockets = suspects.flatMap(({ pid, neverCloses, sockets }) =>
    sockets.map(({ socket, kind, standing, confidence, because }) => {
      const who = pid === null ? "nobody known" : `${pid}${neverCloses ? " (never closes)" : ""}`;
      return `${who}: ${socket.state} ${kind} ${standing} ${confidence}: ${because}`;
    }),
  );
  return { atUs, verdict, text, why, sockets, books: snapshot.books, illegalMoves: snapshot.illegalMoves };
}

const names = readdirSync(STORIES).sort();

test("there are stories", () => assert.ok(names.length >= 10, `${names.length} in ${STORIES}`));

for (const name of names) {
  const path = `${STORIES}${name}/expected.json`;
  const expected = JSON.parse(readFileSync(path, "utf8")) as { story: string; checks: Check[] };
  test(`story ${name}: ${expected.story}`, () => {
    const lines = readFileSync(`${STORIES}${name}/events.ndjson`, "utf8").trimEnd().split("\n");
    const events = lines.map((line) => JSON.parse(line) as Event);
    const actual = expected.checks.map(({ atUs }) => said(events, atUs));
    if (process.env.SOCKLEAK_UPDATE)
      writeFileSync(path, `${JSON.stringify({ ...expected, checks: actual }, null, 2)}\n`);
    else assert.deepEqual(actual, expected.checks);
    assert.ok(actual.length > 0, "a story without a check says nothing");
  });
}
