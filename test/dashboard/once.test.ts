import assert from "node:assert/strict";
import { test } from "node:test";
import { cell } from "../../src/dashboard/cells.ts";
import { BINDINGS } from "../../src/dashboard/keys.ts";
import { renderOnce } from "../../src/dashboard/once.ts";
import { paintLines } from "../../src/dashboard/paint.ts";
import {
  AT_US,
  analysis,
  detailOf,
  GAPS,
  judged,
  SECOND,
  series,
  snapshot,
  socket,
  suspect,
  suspects,
} from "./sample.ts";
import { assertScreen } from "./terminal.ts";

const still = { snapshot: snapshot(), analysis: analysis(), columns: 80, rows: 24, status: null };

test("--once is the screen without colours and keys", () => {
  assertScreen("once-80x24", renderOnce(still));
});

test("--once shows the sockets of the process it was asked about, and says what is missing", () => {
  const text = renderOnce({
    ...still,
    snapshot: snapshot({ detail: detailOf(880), gaps: GAPS }),
    status: "bpftrace died",
  });
  assert.match(text, /^> {3}880 java[\s\S]*java 880: 3 sockets; fds 61,204 of 65,536, .*\n/m);
  assert.match(text, /^bpftrace died\nLOST 17 events in 2 gaps/m);
});

test("--once for output without UTF-8, and for one that is too narrow", () => {
  assert.match(renderOnce({ ...still, ascii: true }), /^[ -~\n]+$/);
  assert.match(renderOnce({ ...still, columns: 0, rows: 0 }), /^>! 4121 python3/m);
});

const COLUMNS = [
  "COMM",
  "LEAKED",
  "SUSPECT",
  "CLOSE_WAIT",
  "LIVE",
  "OLDEST",
  "GROWTH/h",
  "FDS",
  "FULL IN",
  "KIND",
  "TOWARDS",
];

for (const [columns, missing] of [
  [60, ["SUSPECT", "LIVE", "GROWTH/h", "FDS", "FULL IN", "TOWARDS"]],
  [70, ["SUSPECT", "LIVE", "FDS", "FULL IN", "TOWARDS"]],
  [80, ["SUSPECT", "LIVE", "FDS", "TOWARDS"]],
  [107, ["TOWARDS"]],
  [108, ["TOWARDS"]],
  [149, []],
  [150, []],
  [300, []],
] as const) {
  test(`${columns} columns: no line is longer, and the table has what there is room for`, () => {
    const lines = renderOnce({ ...still, columns, rows: 40 }).split("\n");
    for (const line of lines) assert.ok(line.length <= columns, line);
    const header = lines.find((line) => line.includes(" PID")) ?? "";
    assert.deepEqual(
      COLUMNS.filter((title) => !header.includes(title)),
      missing,
    );
  });
}

test("what a view should never hold becomes a question mark when painted", () => {
  assert.equal(paintLines([[cell("a\x1b[2J\n日\u202e█", "alarm")], [cell("b")]]), "\x1b[31ma?[2J???█\x1b[m\nb");
});

test("numbers that do not fit get shorter, and the table stays a table", () => {
  const huge = suspect(4_194_303, "x", {
    leaked: 1_234_567,
    live: 1_234_567,
    closeWait: 1_234_567,
    suspects: 99_999_999,
    oldest: { minMs: 9e10, maxMs: null, basis: "tcp_info" },
    growth: { perHour: 12_345_678, windowMs: 1, method: "ages" },
  });
  const lines = renderOnce({ ...still, analysis: analysis([huge, ...suspects()]) }).split("\n");
  const row = lines.find((line) => line.includes("4194303")) ?? "";
  assert.match(row, /^> 4194303 x +1234k +1,234,567 >1041d~ +\+12345k +-$/);
});

test("ages across a gap say so, steps that were dropped and gaps are told", () => {
  const steps = Array.from({ length: 20 }, (_, i) => ({
    atUs: AT_US - (20 - i) * SECOND,
    what: "read" as const,
    text: `step ${i}`,
    afterGap: i === 19,
  }));
  const odd = socket(1, { acrossGap: true, steps, droppedSteps: 1_234, firstSeenUs: AT_US - 20 * SECOND });
  const of = suspect(7, "x", { leaked: 1, sockets: [judged(odd)] });
  const text = renderOnce({ ...still, rows: 60, analysis: analysis([of]) });
  assert.match(text, / \?61s CLOSE_WAIT/);
  assert.match(text, /step 5\n +1,234 steps between are not kept\n.*step 6\n/);
  assert.match(text, /step 19 {2}\(a gap before it\)/);
});

test("the age of a socket whose start was not seen is a lower bound", () => {
  const late = socket(1, { halfway: true, peerClosedUs: null, inStateUs: 9 * SECOND });
  const of = suspect(7, "x", { leaked: 1, sockets: [judged(late)] });
  assert.match(renderOnce({ ...still, analysis: analysis([of]) }), / >9\.0s CLOSE_WAIT/);
});

test("the event rate is that of the last seconds", () => {
  const points = series(10, () => 0).map((point, i) => ({ ...point, events: i < 7 ? 100_000 : 1_000 }));
  assert.match(renderOnce({ ...still, snapshot: snapshot({ series: points }) }), / 1,000 events\/s$/m);
});

test("no key is bound twice", () => {
  const keys = BINDINGS.flatMap((binding) => binding.keys);
  assert.deepEqual(keys, [...new Set(keys)]);
});
