/** Accept or connect, and whose a queued connection is: by the listening sockets of its namespace and port. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { evidenceOf } from "../../src/analysis/evidence.ts";
import { DEFAULT_THRESHOLDS } from "../../src/analysis/finding.ts";
import { householdsOf } from "../../src/analysis/households.ts";
import { withSide } from "../../src/analysis/side.ts";
import type { ListenerView } from "../../src/model/snapshot.ts";
import { census, facts, listener, process, round, type SnapshotOver, snapshot, standing } from "./sockets.ts";

const evidence = (over: SnapshotOver) => evidenceOf(snapshot(over), DEFAULT_THRESHOLDS);
const at = (addr: string, port = 8080) => ({ local: { addr, port } });
const v6 = { local: { addr: "fd00::1", port: 8080 } };

type Row = readonly [
  what: string,
  of: Parameters<typeof standing>[1],
  listening: readonly ListenerView[],
  side: string,
];
const ROWS: readonly Row[] = [
  ["traced", { side: "connect" }, [listener()], "connect"],
  ["somebody listens at its address", {}, [listener(at("10.0.0.1"))], "accept"],
  ["somebody listens at every IPv4 address", {}, [listener()], "accept"],
  ["somebody listens at every address", {}, [listener(at("*"))], "accept"],
  ["/proc writes so of both families", {}, [listener(at("::"))], "accept"],
  ["IPv6, somebody listens at every IPv6 address", v6, [listener(at("::"))], "accept"],
  ["IPv6, somebody listens at every IPv4 address", v6, [listener()], "null"],
  ["somebody listens at another address", {}, [listener(at("10.0.0.2"))], "null"],
  ["somebody listens in another namespace", {}, [listener({ netns: 2 })], "null"],
  ["nobody listens at a port of clients", at("10.0.0.1", 40_000), [listener()], "connect"],
  ["nobody listens at a port of servers: perhaps no more", at("10.0.0.1", 443), [listener()], "null"],
  ["its namespace was not looked into", { ...at("10.0.0.1", 40_000), netns: 2 }, [listener()], "null"],
  ["its ends are not known", { local: null }, [listener()], "null"],
];

for (const [what, view, listening, side] of ROWS) {
  test(`side: ${what} → ${side}`, () => {
    const { listeners, census: seen } = evidence({ listening, census: census() });
    assert.equal(`${withSide(standing({}, view), listeners, seen).side}`, side);
  });
}

test("side: a cheap round asks for no listeners, so that nothing is said of clients", () => {
  const { listeners, census: seen } = evidence({ census: census({ last: round(), lastFull: null }) });
  assert.equal(withSide(standing({}, at("10.0.0.1", 40_000)), listeners, seen).side, null);
});

const queued = standing({ inode: 0, holders: [] }, { owner: null });

/** pid → sockets, with how many listening sockets it may be in the queue of. */
function owners(listening: readonly ListenerView[], pids: readonly number[]) {
  const processes = pids.map((pid) => process({ pid, facts: facts({ pid, startedUs: 1_000 - pid }) }));
  const over = { listening, processes, ownerless: [queued], census: census() };
  const households = householdsOf(snapshot(over), evidence(over));
  return households.flatMap(({ process: of, sockets }) => sockets.map(({ doors }) => [of?.pid ?? null, doors]));
}

test("queued: the holder of the listening socket answers for it", () => {
  assert.deepEqual(owners([listener({ pids: [7] })], [7, 8]), [[7, 1]]);
});

test("queued: the exact address comes before the wildcard", () => {
  const listening = [listener({ pids: [7], queue: 9 }), listener({ pids: [8], ...at("10.0.0.1") })];
  assert.deepEqual(owners(listening, [7, 8]), [[8, 1]]);
});

test("queued: of those that share the listening socket, the oldest", () => {
  assert.deepEqual(owners([listener({ pids: [7, 9, 8] })], [7, 8, 9]), [[9, 1]]);
});

test("queued: with SO_REUSEPORT the longest queue", () => {
  const listening = [listener({ pids: [7], queue: 1 }), listener({ pids: [8], queue: 23 })];
  assert.deepEqual(owners(listening, [7, 8]), [[8, 2]]);
});

test("queued: nobody listens there, as far as seen", () => {
  assert.deepEqual(owners([listener({ netns: 2, pids: [7] })], [7]), [[null, 0]]);
});
