import assert from "node:assert/strict";
import { test } from "node:test";
import { documentOf } from "../../src/analysis/document.ts";
import type { Finding } from "../../src/analysis/finding.ts";
import type { ThreadGroup } from "../../src/model/census.ts";
import { analysisOf, finding, holder, smallFinding, stuck, suspectFinding, threads } from "./made-findings.ts";
import { snapshot } from "./sockets.ts";

const wallMs = Date.UTC(2026, 10, 21, 12, 0, 13);
const of = (findings: readonly Finding[], sockets?: number) =>
  documentOf(analysisOf(findings), snapshot({ wallMs }), sockets === undefined ? undefined : { sockets });
const only = (over: Partial<Finding>, sockets = 10) => {
  const [told] = of([finding(over)], sockets).findings;
  assert.ok(told);
  return told;
};

test("the summary counts what leaks and what may, and names the most urgent", () => {
  const { summary } = of([
    finding(),
    smallFinding(),
    suspectFinding(),
    finding({ leak: false, sockets: [], count: 9 }),
  ]);
  const { worst, ...counts } = summary;
  assert.deepEqual(counts, { verdict: "leak", leaked: 6_061, suspects: 3, text: "java 4121 leaks" });
  assert.equal(worst, "checkout.service eof-unread 10.0.3.4:443");
  assert.equal(of([finding({ leak: false, sockets: [] })]).summary.worst, null);
});

test("wall-clock times come from the stream alone", () => {
  const { observed } = of([]);
  assert.deepEqual([observed.from, observed.to], ["2026-11-21T11:58:33.000Z", "2026-11-21T12:00:13.000Z"]);
  for (const none of [null, Number.MAX_VALUE]) {
    const { from, to } = documentOf(analysisOf([]), snapshot({ wallMs: none })).observed;
    assert.deepEqual([from, to], [null, null]);
  }
});

test("sockets: ten by default, as many as asked for, none for 0", () => {
  const sockets = Array.from({ length: 23 }, () => stuck());
  assert.equal(of([finding({ sockets })]).findings[0]?.sockets.length, 10);
  for (const [asked, told] of [
    [0, 0],
    [3, 3],
    [97, 23],
  ] as const) {
    assert.equal(only({ sockets }, asked).sockets.length, told);
  }
});

test("a socket: fd and epoll of the finding's own process, unread bytes without the FIN", () => {
  const holders = [holder({ pid: 900, fd: 9, epoll: "read" }), holder({ fd: 17, epoll: "no-read" })];
  const [seen] = only({ sockets: [stuck({}, { holders, recvQ: 101 })] }).sockets;
  assert.deepEqual([seen?.fd, seen?.epoll, seen?.unreadBytes], [17, "no-read", 100]);
  assert.deepEqual(seen?.holders, [
    { pid: 900, fd: 9 },
    { pid: 4121, fd: 17 },
  ]);
  const [consumed] = only({ sockets: [stuck({}, { recvQ: 0 })] }).sockets;
  assert.equal(consumed?.unreadBytes, 0);
  const [half] = only({ sockets: [stuck({ state: "FIN_WAIT2" }, { recvQ: 5 })] }).sockets;
  assert.equal(half?.unreadBytes, 5);
});

test("bounds of an age are rounded away from each other", () => {
  const { oldest } = only({ oldest: { minMs: 1.9, maxMs: 2.1, basis: "tcp_info" } });
  assert.deepEqual(oldest, { minMs: 1, maxMs: 3, basis: "tcp_info" });
});

test("no rate is null, with its reason", () => {
  const { growth, growthUnknown } = only({ growth: { perHour: null, why: "too few" } });
  assert.deepEqual([growth, growthUnknown], [null, "too few"]);
});

test("a thread's wait is told by its far end, at a listener by its own", () => {
  const ends = { local: { addr: "0.0.0.0", port: 80 }, remote: { addr: "10.0.3.4", port: 5432 } };
  const wait = { fd: 7, ...ends, state: "ESTABLISHED", silentMs: 9 } as const;
  const waitOf = (over: Partial<NonNullable<ThreadGroup["waitsFor"]>>) =>
    only({ threads: [threads({ waitsFor: { ...wait, ...over } })] }).threads[0]?.waitsFor;
  assert.deepEqual(waitOf({}), { fd: 7, addr: "10.0.3.4", port: 5432, state: "ESTABLISHED", silentMs: 9 });
  assert.equal(waitOf({ remote: null, state: "LISTEN" })?.port, 80);
  assert.equal(waitOf({ remote: null, local: null })?.addr, null);
});

test("long lists are cut and what is left out is counted", () => {
  const peers = Array.from({ length: 23 }, (_, i) => ({ addr: `10.0.0.${i}`, port: 0, count: 1 }));
  const localPorts = Array.from({ length: 97 }, (_, i) => ({ port: 1 + i, count: 1 }));
  const told = only({ peers, localPorts });
  assert.deepEqual([told.peers.length, told.peersOmitted], [20, 3]);
  assert.deepEqual([told.localPorts.length, told.localPortsOmitted], [20, 77]);
});
