import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import fc from "fast-check";
import { type Event, isSocketEvent, type Unnumbered } from "../../src/model/event.ts";
import { EventFilter } from "../../src/model/filter.ts";
import type { PathEvent } from "../../src/model/site.ts";
import { STATE_NAMES } from "../../src/model/state.ts";
import { Lines } from "../../src/source/lines.ts";
import { Pipeline } from "../../src/source/pipeline.ts";
import { pathOf, shutdownOf } from "../../src/source/told.ts";
import { parseLine } from "../../src/wire/parse.ts";
import { printEvent } from "../../src/wire/print.ts";
import { EventScanner } from "../../src/wire/scan-event.ts";
import { make } from "../recording/generate.ts";

const scanner = new EventScanner();

/** What the short way makes of a line amid others; undefined: it leaves it alone. */
function short(line: string): unknown {
  const bytes = Buffer.from(`x\n${line}\n{"type":"state"`);
  return scanner.event(bytes, 2, 2 + Buffer.byteLength(line));
}

function long(line: string): unknown {
  const parsed = parseLine(line);
  return parsed.kind === "event" ? parsed.event : parsed;
}

/** What bpftrace printed, as a recorder writes it. */
async function recorded(name: string): Promise<readonly Event[]> {
  const events: Unnumbered[] = [];
  const pipeline = new Pipeline({
    events: (batch) => events.push(...batch),
    wallMs: () => 0,
    bootNs: () => Number.POSITIVE_INFINITY,
    cpus: 2,
  });
  const lines = new Lines({ value: (line) => pipeline.take(line), refused: () => assert.fail("a line was refused") });
  await lines.write(readFileSync(new URL(`../../fixtures/bpftrace/${name}`, import.meta.url)));
  await lines.end();
  pipeline.flush();
  return new EventFilter({}).pass(events);
}

const KNOWN = {
  id: "s1",
  establishedUs: null,
  local: null,
  remote: { addr: "::1", port: 80 },
  netns: 4_026_531_840,
  inode: 7,
};
const RAW = { cpu: 0, ns: 5_000, sk: -64, pid: 1, tid: 2, comm: "java" };
/** Which those below do not have. */
const RARE = [
  shutdownOf(KNOWN, { tag: "shutdown", ...RAW, how: 1 }),
  pathOf(KNOWN, { tag: "path", ...RAW, role: 1, site: 3 }) as Unnumbered<PathEvent>,
].map((event) => ({ ...event, seq: 9 }) as Event);
const MADE = [...make({ events: 2_000, leakPercent: 50 })].flat();
const LINES = [...MADE.filter(isSocketEvent).slice(0, 60), ...RARE].map(printEvent);

test("each line that a recorder writes about a socket goes the short way, and gives what the long way gives", async () => {
  const traced = await recorded("0.17-tracepoint-6.18.ndjson");
  const types = new Set<string>();
  // Moves that were not seen themselves are few.
  const seen = [...traced, ...MADE].filter((event) => isSocketEvent(event) && !("inferred" in event));
  for (const event of [...seen, ...RARE]) {
    const line = printEvent(event).trimEnd();
    assert.deepEqual(short(line), long(line));
    types.add(event.type === "close" ? event.how : event.type);
  }
  assert.deepEqual([...types].sort(), ["close", "destroyed", "open", "path", "read", "shutdown", "state", "tcp_close"]);
});

test("a line with a byte changed, dropped or doubled is never read as another than it is", () => {
  const byte = fc.constantFrom(...'0129-+.,"[]{}: aZn\\\t\u007f', "é");
  const change = fc.tuple(fc.constantFrom(...LINES), fc.nat(300), fc.constantFrom(0, 1, 2), byte);
  let taken = 0;
  fc.assert(
    fc.property(change, ([whole, where, how, letter]) => {
      const line = whole.trimEnd();
      const at = where % line.length;
      const put = [letter, "", `${line[at]}${line[at]}`][how] ?? "";
      const changed = line.slice(0, at) + put + line.slice(at + 1);
      const seen = short(changed);
      if (seen === undefined) return;
      taken++;
      assert.deepEqual(seen, long(changed));
    }),
    { numRuns: 20_000 },
  );
  assert.ok(taken > 1_000, `${taken} went the short way`);
});

const number = fc.oneof(
  fc.nat(70_000),
  fc.maxSafeInteger(),
  fc.constantFrom(-0, 1.5, 1e21, 2 ** 53 + 2, null, "7", true),
);
const text = fc.oneof(
  fc.constantFrom("accept", "tcp_close", "destroyed", "both", "opened", "::1", 'a"b', "日本", "", null, 5),
  fc.constantFrom(...STATE_NAMES, "sys_exit_accept"),
  fc.string({ maxLength: 70 }),
);
const address = fc.oneof(
  fc.constant(null),
  fc.record({ addr: text, port: number }),
  fc.constantFrom({}, { port: 1, addr: "::1" }, { addr: "::1", port: 65_536 }, { addr: "::1", port: 1, more: 1 }),
);
const flag = fc.constantFrom(true, false, null, "true");
const OTHERS: Readonly<Record<string, fc.Arbitrary<unknown>>> = { local: address, remote: address, exiting: flag };
const TEXTS = ["sock", "from", "to", "comm", "how", "learned", "role"];

test("whatever its values are, the short way gives what the long way gives, or leaves it alone", () => {
  let taken = 0;
  const changes = fc.constantFrom(...LINES).chain((line) => {
    const event = JSON.parse(line) as Record<string, unknown>;
    const keys = Object.keys(event).filter((key) => key !== "type");
    return fc.constantFrom(...keys).chain((key) => {
      const value = OTHERS[key] ?? (TEXTS.includes(key) ? text : number);
      return value.map((value) => JSON.stringify({ ...event, [key]: value }));
    });
  });
  fc.assert(
    fc.property(changes, (line) => {
      const seen = short(line);
      if (seen === undefined) return;
      taken++;
      assert.deepEqual(seen, long(line));
    }),
    { numRuns: 20_000 },
  );
  assert.ok(taken > 2_000, `${taken} went the short way`);
});

test("keys in another order, twice, more or fewer are left alone", () => {
  const [line = ""] = LINES;
  const event = JSON.parse(line) as Record<string, unknown>;
  const { seq, ...rest } = event;
  for (const other of [{ seq, ...rest }, rest, { ...event, later: 1 }, { ...event, type: "tock" }]) {
    assert.equal(short(JSON.stringify(other)), undefined);
  }
  assert.equal(short(`${line.trimEnd().slice(0, -1)},"seq":9}`), undefined);
  assert.equal(short(`${line.trimEnd()} `), undefined);
});
