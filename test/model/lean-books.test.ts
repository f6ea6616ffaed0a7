/** Lean mode: the kernel counts what it does not print, in namespaces, too, that no census may look at. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { Tracker } from "../../src/model/tracker.ts";
import { recording, stamped } from "./lives.ts";
import { facts, look } from "./rounds.ts";

const SEC = 1_000_000;

test("what is known to be unclosed is live, however many have ended of which nobody told", () => {
  const tracker = new Tracker();
  const counted = { opened: 1, closed: 24, closers: [], longestRunUs: 20 };
  for (const event of [
    { ...recording(0), mode: "lean" } as const,
    facts(100),
    ...look(1, SEC, {}, { inode: 78 }, { inode: 79, state: "ESTABLISHED" }),
    stamped({ type: "tick", atUs: 2 * SEC, wallMs: 1_790_000_000_000, counted } as const),
  ])
    tracker.apply(event);
  const { opened, standing, closed, live, lost } = tracker.snapshot(2 * SEC).books;
  assert.deepEqual({ opened, closed, live, lost }, { opened: 1, closed: 24, live: 2, lost: 0 });
  assert.equal(opened + standing, closed + live + lost);
});
