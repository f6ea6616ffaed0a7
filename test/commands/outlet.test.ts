import assert from "node:assert/strict";
import { test } from "node:test";
import { BACKLOG_MAX_BYTES, Outlet } from "../../src/commands/outlet.ts";
import type { Event } from "../../src/model/event.ts";
import { gap, recording, tick } from "../model/lives.ts";

function outlet() {
  const printed: Event[] = [];
  const reader = { backlogBytes: 0 };
  const sut = new Outlet({
    print: (event) => `${JSON.stringify(event)}\n`,
    out: (text) =>
      printed.push(
        ...text
          .trimEnd()
          .split("\n")
          .map((line) => JSON.parse(line) as Event),
      ),
    backlogBytes: () => reader.backlogBytes,
  });
  return { sut, printed, reader };
}

test("while the reader keeps up everything goes, and nothing is declared", () => {
  const { sut, printed, reader } = outlet();
  const events = [tick(1), tick(2)];
  sut.take(events);
  reader.backlogBytes = BACKLOG_MAX_BYTES;
  sut.take(events);
  sut.end();
  assert.deepEqual(printed, [...events, ...events]);
});

test("what does not fit is declared in its place once half of what waited has gone, counted with what it declared itself", () => {
  const { sut, printed, reader } = outlet();
  const dropped = [tick(5), tick(6), gap(7, 40)];
  reader.backlogBytes = BACKLOG_MAX_BYTES + 1;
  sut.take(dropped.slice(0, 2));
  reader.backlogBytes = BACKLOG_MAX_BYTES / 2 + 1;
  sut.take(dropped.slice(2));
  assert.equal(printed.length, 0);
  reader.backlogBytes = BACKLOG_MAX_BYTES / 2;
  const next = tick(8);
  sut.take([next]);
  const [declared, after] = printed;
  assert.ok(declared?.type === "gap");
  assert.deepEqual([declared.why, declared.lost, declared.atUs, declared.seq], ["overload", 42, 5, dropped[0]?.seq]);
  assert.deepEqual(after, next);
});

test("a dropped gap without a number makes the number unknown", () => {
  const { sut, printed, reader } = outlet();
  reader.backlogBytes = BACKLOG_MAX_BYTES + 1;
  sut.take([gap(1, null), tick(2)]);
  sut.end();
  assert.deepEqual(
    printed.map((event) => event.type === "gap" && event.lost),
    [null],
  );
});

test("a recording always goes, behind what was dropped before it", () => {
  const { sut, printed, reader } = outlet();
  reader.backlogBytes = BACKLOG_MAX_BYTES + 1;
  const begun = recording(2);
  sut.take([tick(1), begun, tick(3)]);
  assert.deepEqual(
    printed.map(({ type, atUs }) => [type, atUs]),
    [
      ["gap", 1],
      ["recording", 2],
    ],
  );
  sut.end();
  assert.equal(printed.at(-1)?.atUs, 3);
});
