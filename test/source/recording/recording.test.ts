import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import fc from "fast-check";
import type { Event } from "../../../src/model/event.ts";
import { Account } from "../../../src/source/recording/account.ts";
import { eventsOf, NewerSchema } from "../../../src/source/recording/file.ts";
import { NotOne } from "../../../src/source/recording/join.ts";
import { printEvent } from "../../../src/wire/print.ts";
import { isEvent } from "../../../src/wire/specification.ts";
import { make } from "../../recording/generate.ts";
import { readBack } from "../../recording/reading.ts";
import { folder } from "../../recording/temporary.ts";

const EVENTS: readonly Event[] = [...make({ events: 300, leakPercent: 20, rate: 100 })].flat();
const LINES = EVENTS.map(printEvent);
const TEXT = Buffer.from(LINES.join(""));

/** As a pipe gives them: in pieces. */
async function* pieces(bytes: Buffer, size: number): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

async function read(bytes: Buffer, size = 65_536) {
  const account = new Account();
  const course = { bytesRead: 0, cut: null as string | null };
  const events: Event[] = [];
  for await (const batch of eventsOf({ path: "-", stdin: pieces(bytes, size), account, course })) events.push(...batch);
  const ours = events.filter((event) => event.type === "gap" && (event.why === "cut" || event.why === "unreadable"));
  return { events: events.filter((event) => !ours.includes(event)), ours, account, course };
}

/** Several members, as a recorder writes them. */
function packed(): Buffer {
  return Buffer.concat(
    [0, 100, 200].map((from) => gzipSync(LINES.slice(from, from === 200 ? undefined : from + 100).join(""))),
  );
}

test("in pieces of any size the events are the same", async () => {
  for (const bytes of [TEXT, packed()]) {
    for (const size of [1, 2, 3, 7, 4_096, 1 << 20]) assert.deepEqual((await read(bytes, size)).events, EVENTS);
  }
});

test("plain text cut at any byte: every whole line is there, nothing is refused, and the cut is said", async () => {
  for (let at = 0; at <= TEXT.length; at += at < 1_000 ? 1 : 97) {
    const { events, account, ours } = await read(TEXT.subarray(0, at));
    const whole = TEXT.subarray(0, at).toString("utf8").split("\n").length - 1;
    assert.equal(account.refused, 0);
    // A line that lacks its newline only is whole.
    const isWhole = TEXT[at] === 10 || at === 0 || TEXT[at - 1] === 10;
    assert.deepEqual(events, EVENTS.slice(0, TEXT[at] === 10 ? whole + 1 : whole));
    assert.equal(ours.length, isWhole ? 0 : 1);
  }
});

test("refused lines are one gap, in their place: the end stays the last word", async () => {
  const broken = [...LINES.slice(0, 20), "nonsense\n", "{}\n", ...LINES.slice(20)];
  const account = new Account();
  const events: Event[] = [];
  const course = { bytesRead: 0, cut: null };
  const stdin = pieces(Buffer.from(broken.join("")), 1 << 20);
  for await (const batch of eventsOf({ path: "-", stdin, account, course })) events.push(...batch);
  const at = events.findIndex((event) => event.type === "gap" && event.why === "unreadable");
  assert.deepEqual([at, events[at]?.type === "gap" && events[at].lost], [20, 2]);
  assert.deepEqual(events.toSpliced(at, 1), EVENTS);
});

test("gzip cut at any byte: every whole line before the cut is there", async () => {
  const bytes = packed();
  const first = gzipSync(LINES.slice(0, 100).join("")).length;
  for (let at = 0; at <= bytes.length; at += 5) {
    const { events, account } = await read(bytes.subarray(0, at));
    assert.deepEqual(events, EVENTS.slice(0, events.length));
    assert.equal(account.refused, 0);
    if (at >= first) assert.ok(events.length >= 100);
  }
});

test("gzip with any byte wrong: what comes out was there, and it is said", async () => {
  const bytes = packed();
  await fc.assert(
    fc.asyncProperty(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 }), async (at, flip) => {
      const wrong = Buffer.from(bytes);
      wrong[at] = (wrong[at] ?? 0) ^ flip;
      const { events, course, account } = await read(wrong);
      // A header's time or name may be anything, and the first bytes decide what the file is.
      if (events.length < EVENTS.length) assert.ok(course.cut !== null || account.refused > 0);
    }),
    { numRuns: 300 },
  );
});

/** A line changed by chance: cut, doubled, bytes put in or taken out, brackets and quotes above all. */
const CHANGE = fc.record({
  line: fc.nat(LINES.length - 1),
  at: fc.nat(400),
  take: fc.nat(12),
  put: fc.oneof(
    fc.constantFrom(
      "",
      "{",
      "}",
      "[",
      "]",
      '"',
      ",",
      ":",
      "null",
      "-1",
      "1e999",
      "\\",
      "\u0000",
      "\u2028",
      "é",
      "},{",
      "__proto__",
    ),
    fc.string({ maxLength: 6 }),
  ),
});

function changed({ line, at, take, put }: { line: number; at: number; take: number; put: string }): string {
  const text = (LINES[line] ?? "").trimEnd();
  return (text.slice(0, at) + put + text.slice(at + take)).replaceAll("\n", " ");
}

/** What a line is, said once more without the reader's code. */
function expected(line: string): "event" | "refused" | "unknown" | "blank" {
  if (line === "") return "blank";
  try {
    const value: unknown = JSON.parse(line);
    if (isEvent(value)) return "event";
    const { type, atUs, seq } = (Object(value) === value ? value : {}) as Record<string, unknown>;
    if (typeof type !== "string" || Array.isArray(value)) return "refused";
    if (EVENTS.some((event) => event.type === type) || ["shutdown"].includes(type)) return "refused";
    return Number.isInteger(atUs) && Number.isInteger(seq) ? "unknown" : "refused";
  } catch {
    return "refused";
  }
}

const RUNS = Number(process.env.SOCKLEAK_FUZZ ?? 200);

test("lines changed by chance: refused, unknown and taken are counted exactly", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(CHANGE, { minLength: 1, maxLength: 60 }), async (changes) => {
      const lines = changes.map(changed).filter((line) => !/"schema":[2-9]/.test(line));
      const bytes = Buffer.from(lines.map((line) => `${line}\n`).join(""));
      const { account, events } = await read(bytes, 1_000);
      const count = (what: string) => lines.filter((line) => expected(line) === what).length;
      assert.deepEqual(
        [account.refused, account.unknownEvents, account.events, events.length >= 0],
        [count("refused"), count("unknown"), count("event"), true],
      );
    }),
    { numRuns: RUNS },
  );
});

test("a line without end is skipped in bounded memory, and counted", async () => {
  const long = Buffer.alloc(8 << 20, 120);
  const bytes = Buffer.concat([Buffer.from(LINES[0] ?? ""), long, Buffer.from(`\n${LINES[1]}`)]);
  const { events, account } = await read(bytes);
  assert.deepEqual(events, EVENTS.slice(0, 2));
  assert.deepEqual(account.refusals, [{ file: "-", line: 2, why: "it is too long" }]);
});

test("what is wrong with a line is said with its number, the field and the value", async () => {
  const wrong = (LINES.find((line) => line.includes('"to":"ESTABLISHED"')) ?? "").replace(
    '"to":"ESTABLISHED"',
    '"to":99',
  );
  const { account, ours } = await read(Buffer.from(`${LINES[0]}${wrong}`));
  assert.match(JSON.stringify(account.refusals), /"line":2,"why":"\\"to\\": Expected .*, got 99"/);
  assert.deepEqual(
    ours.map((gap) => gap.type === "gap" && gap.lost),
    [1],
  );
});

test("types and keys of a later sockleak: the keys are kept, the events counted", async () => {
  const later = { type: "quantum", atUs: 1, seq: 2, frames: [] };
  const tick = { type: "tick", atUs: 1, seq: 3, wallMs: 1, zone: "UTC" };
  const { events, account } = await read(Buffer.from(`${LINES[0]}${JSON.stringify(later)}\n${JSON.stringify(tick)}\n`));
  assert.deepEqual(events.at(-1), tick);
  assert.deepEqual([...account.unknown], [["quantum", 1]]);
  assert.equal(account.refused, 0);
});

test("a recording of a newer schema is an error that says so", async () => {
  const newer = JSON.stringify({ ...EVENTS[0], schema: 2, mode: "quantum" });
  await assert.rejects(read(Buffer.from(`${newer}\n`)), (error) => error instanceof NewerSchema && error.schema === 2);
});

test("files of one host are joined by time; of another host or boot they are refused", async () => {
  const dir = folder();
  const write = (name: string, events: readonly Event[]) => {
    writeFileSync(join(dir, name), events.map(printEvent).join(""));
    return join(dir, name);
  };
  const [head] = EVENTS;
  const middle = EVENTS[199] as Event;
  const first = write("z.ndjson", EVENTS.slice(0, 200));
  const second = write("a.ndjson", [{ ...head, atUs: middle.atUs, seq: middle.seq } as Event, ...EVENTS.slice(200)]);
  const joined = await readBack(second, first);
  assert.deepEqual(
    joined.events.filter(({ type }) => type !== "recording"),
    EVENTS.slice(1),
  );
  const later = write("c.ndjson", [{ ...head, atUs: 9e10, seq: 7_000 } as Event]);
  const { events } = await readBack(first, later);
  assert.deepEqual(
    events.flatMap((event) => (event.type === "gap" ? event.why : [])),
    ["cut", "cut"],
  );
  const other = write("b.ndjson", [{ ...head, host: "db2" } as Event]);
  await assert.rejects(readBack(first, other), NotOne);
  const boot = write("d.ndjson", [{ ...head, bootId: "another" } as Event]);
  await assert.rejects(readBack(first, boot), NotOne);
  const same = write("e.ndjson", EVENTS.slice(0, 250));
  await assert.rejects(readBack(first, same), NotOne);
  assert.deepEqual(
    (await readBack(first, first)).events.filter(({ type }) => type !== "gap"),
    EVENTS.slice(0, 200),
  );
});
