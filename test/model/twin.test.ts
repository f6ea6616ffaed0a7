/** The tracker and its slow twin say the same, at every point of every stream. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { Event } from "../../src/model/event.ts";
import type { Snapshot, SocketView } from "../../src/model/snapshot.ts";
import { Tracker } from "../../src/model/tracker.ts";
import { nonsense, orderly, withLateOnes } from "./stories.ts";
import { Twin } from "./twin.ts";

const END_US = 10_000_000;

/** A snapshot in the twin's words. */
function asTwin(snapshot: Snapshot) {
  const { books, byState, listeners, illegalMoves, series, gaps } = snapshot;
  const processes = [...snapshot.processes]
    .sort((a, b) => a.pid - b.pid)
    .map((process) => {
      const { pid, opened, live, closed, byState, unclosed } = process;
      return { pid, opened, live, closed, byState: sorted(byState), unclosed: sockets(unclosed) };
    });
  const endings: Record<string, number> = {};
  for (const { closedFirst } of snapshot.endings) {
    for (const [closer, count] of Object.entries(closedFirst)) {
      if (count > 0) endings[closer] = (endings[closer] ?? 0) + count;
    }
  }
  const ownerless = sockets(snapshot.ownerless);
  const counts = { books, byState: sorted(byState), listeners, illegalMoves, endings: sorted(endings) };
  return { ...counts, processes, ownerless, series, gaps: gaps.count };
}

function sockets(views: readonly SocketView[]) {
  return views
    .map(({ id, state, inStateUs, peerClosedUs, acrossGap, eofRead }) => ({
      id,
      state,
      inStateUs,
      peerClosedUs,
      acrossGap,
      eofRead,
    }))
    .sort((a, b) => (a.id < b.id ? -1 : 1));
}

function sorted<T>(counts: Readonly<Record<string, T>>): Record<string, T> {
  return Object.fromEntries(Object.entries(counts).sort(([a], [b]) => (a < b ? -1 : 1)));
}

function assertSame(events: readonly Event[]): void {
  const tracker = new Tracker();
  const twin = new Twin();
  events.forEach((event, i) => {
    tracker.apply(event);
    twin.apply(event);
    const { books } = tracker.snapshot(END_US);
    assert.equal(books.opened + books.standing, books.closed + books.live + books.lost, `books after event ${i}`);
    if (i % 7 === 0) assert.deepEqual(asTwin(tracker.snapshot(event.atUs)), twin.view(event.atUs));
  });
  assert.deepEqual(asTwin(tracker.snapshot(END_US)), twin.view(END_US));
}

for (const [name, streams] of Object.entries({ orderly, withLateOnes, nonsense })) {
  test(`tracker equals its twin: ${name}`, () => {
    fc.assert(
      fc.property(streams, (events) => assertSame(events)),
      { numRuns: Number(process.env.SOCKLEAK_RUNS ?? 300), includeErrorInReport: true },
    );
  });
}

test("oldest first, whatever the order of arrival", () => {
  fc.assert(
    fc.property(withLateOnes, (events) => {
      const tracker = new Tracker();
      for (const event of events) tracker.apply(event);
      const { processes, ownerless } = tracker.snapshot(END_US);
      for (const list of [ownerless, ...processes.map((process) => process.unclosed)]) {
        const agesUs = list.map((socket) => socket.peerClosedUs ?? socket.inStateUs);
        assert.deepEqual(
          agesUs,
          [...agesUs].sort((a, b) => b - a),
        );
      }
    }),
  );
});

test("a snapshot does not change when the tracker goes on", () => {
  fc.assert(
    fc.property(orderly, (events) => {
      const tracker = new Tracker();
      const half = events.length >> 1;
      for (const event of events.slice(0, half)) tracker.apply(event);
      const snapshot = tracker.snapshot(END_US, { pid: 100 });
      const before = structuredClone(snapshot);
      for (const event of events.slice(half)) tracker.apply(event);
      assert.deepEqual(snapshot, before);
    }),
  );
});
