import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { test } from "node:test";
import fc from "fast-check";
import { analyse } from "../../src/analysis/analyse.ts";
import type { Event } from "../../src/model/event.ts";
import { Redactor } from "../../src/model/redact.ts";
import { Tracker } from "../../src/model/tracker.ts";
import { withKnownKeys } from "../../src/wire/known-keys.ts";
import { isEvent } from "../../src/wire/specification.ts";
import { make } from "../recording/generate.ts";

const redactor = (key = "k") => new Redactor((words) => createHmac("sha256", key).update(words).digest());
const V4 = fc.tuple(fc.nat(255), fc.nat(255), fc.nat(255), fc.nat(255)).map((parts) => parts.join("."));

test("no two addresses become one, and who shares a network still does, no deeper", () => {
  const of = redactor();
  const shared = (a: string, b: string) => {
    const [left, right] = [a.split("."), b.split(".")];
    const differ = left.findIndex((part, index) => part !== right[index]);
    return differ < 0 ? 4 : differ;
  };
  fc.assert(
    fc.property(V4, V4, (a, b) => {
      fc.pre(!/^(127|0)\./.test(a) && !/^(127|0)\./.test(b));
      assert.equal(shared(of.address(a), of.address(b)), shared(a, b));
    }),
    { numRuns: 500 },
  );
  const subnet = Array.from({ length: 256 }, (_, host) => of.address(`10.1.2.${host}`));
  assert.equal(new Set(subnet).size, 256);
  assert.equal(new Set(subnet.map((addr) => addr.split(".").slice(0, 3).join("."))).size, 1);
});

test("IPv6 by its groups, however it is written; loopback stays", () => {
  const of = redactor();
  const parts = of.address("fd00:1:2::7").split(":");
  assert.equal(parts.length, 8);
  assert.equal(parts[0], "fd00");
  assert.equal(of.address("fd00:1:2:0:0:0:0:7"), parts.join(":"));
  assert.deepEqual(of.address("fd00:1:2::8").split(":").slice(0, 7), parts.slice(0, 7));
  assert.deepEqual(
    ["127.0.0.1", "::1", "::", "0.0.0.0"].map((addr) => of.address(addr)),
    ["127.0.0.1", "::1", "::", "0.0.0.0"],
  );
});

test("another key gives other stand-ins, the same key the same", () => {
  assert.equal(redactor().name("comm", "java"), redactor().name("comm", "java"));
  assert.notEqual(redactor("a").name("comm", "java"), redactor("b").name("comm", "java"));
  assert.notEqual(redactor("a").address("10.0.3.4"), redactor("b").address("10.0.3.4"));
});

const EVENTS: readonly Event[] = [...make({ events: 40_000, leakPercent: 10, rate: 400, hostile: "SECRET" })].flat();
const REDACTED = EVENTS.map((event) => redactor().redact(event));

test("of threads that opened sockets neither the name nor the files are left", () => {
  const frame = {
    address: "0",
    function: "Shop.fetch",
    file: "SECRET.java",
    line: 4,
    object: "/srv/SECRET",
    offset: 1,
  };
  const standing = [{ tid: 4130, name: "SECRET-worker", frames: [frame] }];
  const event: Event = { type: "symbol", atUs: 1, seq: 1, site: 41, frames: [frame], notes: ["SECRET"], standing };
  const redacted = withKnownKeys(redactor().redact(event));
  assert.ok(isEvent(redacted));
  assert.ok(!JSON.stringify(redacted).includes("SECRET"), JSON.stringify(redacted));
  assert.deepEqual(redacted.type === "symbol" && redacted.standing?.map(({ tid }) => tid), [4130]);
});

test("nothing of the names and addresses is left, and the events are events", () => {
  const text = JSON.stringify(REDACTED);
  for (const word of ["SECRET", "java", "nginx", "checkout", "app.jar", "10.0.0.5", "deploy", "/usr/bin", "3f1c9a52"]) {
    assert.ok(!text.includes(word), word);
  }
  for (const event of REDACTED) assert.ok(isEvent(event), JSON.stringify(event));
});

test("the diagnosis is the same: kinds, counts, ages, ports, growth", () => {
  const told = (events: readonly Event[]) => {
    const tracker = new Tracker();
    for (const event of events) tracker.apply(event);
    const { findings, verdict } = analyse(tracker.snapshot(events.at(-1)?.atUs ?? 0));
    const shapes = findings.map(({ kind, leak, count, oldest, growth, localPorts, fds, peers }) => {
      return { kind, leak, count, oldest, growth, localPorts, fds, peers: peers.map((peer) => peer.count) };
    });
    return { verdict, shapes };
  };
  assert.deepEqual(told(REDACTED), told(EVENTS));
  assert.ok(told(EVENTS).shapes.length > 0);
});

test("keys that the specification does not name go, at any depth", () => {
  const open = EVENTS.find((event) => event.type === "open");
  assert.ok(open !== undefined && "local" in open);
  const foreign = {
    ...open,
    owner: "SECRET",
    local: { addr: "10.0.0.5", port: 1, name: "SECRET" },
  } as unknown as Event;
  assert.ok(!JSON.stringify(withKnownKeys(foreign)).includes('SECRET"}'));
  assert.ok(!("owner" in withKnownKeys(foreign)));
});
