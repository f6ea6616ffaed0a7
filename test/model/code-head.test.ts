import assert from "node:assert/strict";
import { test } from "node:test";
import { CodePaths } from "../../src/model/code-paths.ts";
import type { Event } from "../../src/model/event.ts";
import { Head } from "../../src/model/head.ts";

const AT = { atUs: 1, seq: 1 };
const frames = [{ address: "2", function: "dial", file: "net.c", line: 12, object: "/app", offset: 2 }];
const stream: readonly Event[] = [
  {
    ...AT,
    type: "recording",
    schema: 1,
    host: "h",
    kernel: "k",
    bootId: "b",
    attachment: "fentry",
    bpftrace: null,
    mode: "lean",
    filters: {},
    wallMs: 0,
  },
  { ...AT, type: "site", site: 41, pid: 4121, did: "connect", ip: "1", near: ["2"], chain: [] },
  { ...AT, type: "symbol", site: 41, frames, notes: [] },
  { ...AT, type: "paths", opened: [{ site: 41, count: 4 }], closed: [{ opened: 41, site: 43, count: 3 }], unsited: 0 },
  { ...AT, type: "paths", opened: [{ site: 41, count: 5 }], closed: [], unsited: 2 },
];

test("a file that begins in the middle of a stream knows its code paths as one that has all of it", () => {
  const head = new Head();
  const [whole, later] = [new CodePaths(), new CodePaths()];
  for (const event of stream) {
    head.note(event);
    whole.apply(event, new Map());
  }
  const events = head.events({ atUs: 9, seq: 7 });
  for (const event of events) later.apply(event, new Map());
  assert.deepEqual(later.view(), whole.view());
  assert.equal(whole.view().sites.get(41)?.opened, 5);
  assert.deepEqual(
    events.map(({ type, atUs, seq }) => [type, atUs, seq]),
    ["recording", "site", "symbol", "paths"].map((type) => [type, 9, 6]),
  );
});
