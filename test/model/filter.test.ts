import assert from "node:assert/strict";
import { test } from "node:test";
import type { CensusEvent, ProcessEvent } from "../../src/model/census.ts";
import type { Event, OpenEvent, StateEvent } from "../../src/model/event.ts";
import { EventFilter, type Filter } from "../../src/model/filter.ts";

const place = { local: { addr: "10.0.0.1", port: 80 }, remote: { addr: "10.0.0.2", port: 5000 }, netns: 1, inode: 7 };
const base = { atUs: 1, seq: 1, sock: "a", ...place };
const born: StateEvent = { type: "state", ...base, from: "LISTEN", to: "SYN_RECV" };
const who = { pid: 41, tid: 41, comm: "web server" };
const open: OpenEvent = {
  type: "open",
  ...base,
  ...who,
  how: "accept",
  fd: 3,
  queuedUs: 0,
  learned: "sys_exit_accept",
};
const destroyed: Event = {
  type: "close",
  ...base,
  how: "destroyed",
  pid: null,
  tid: null,
  comm: null,
  fd: null,
  exiting: null,
};
const tick: Event = { type: "tick", atUs: 9, seq: 1, wallMs: 0 };

function pass(filter: Filter, ...events: Event[]): string[] {
  const passed = new EventFilter(filter).pass(events);
  assert.deepEqual(
    passed.map(({ seq }) => seq),
    passed.map((_, i) => i + 1),
  );
  return passed.map(({ type }) => type);
}

const WHOLE = ["state", "open", "close"];
const CASES: readonly [string, Filter, readonly string[]][] = [
  ["no filter", {}, WHOLE],
  ["its pid", { pid: 41 }, WHOLE],
  ["another pid", { pid: 42 }, []],
  ["its name", { comm: (comm) => comm === "web server" }, WHOLE],
  ["another name", { comm: (comm) => comm === "web" }, []],
  ["its local port", { localPort: 80 }, WHOLE],
  ["its peer's port as local port", { localPort: 5000 }, []],
  ["its peer's port", { peerPort: 5000 }, WHOLE],
  ["its own port as peer's", { peerPort: 80 }, []],
  ["a port of either side", { port: 5000 }, WHOLE],
  ["a port of neither side", { port: 81 }, []],
  ["its peer", { peer: (addr) => addr === "10.0.0.2" }, WHOLE],
  ["itself as peer", { peer: (addr) => addr === "10.0.0.1" }, []],
  ["its namespace", { netns: 1 }, WHOLE],
  ["another namespace", { netns: 2 }, []],
  ["all that is true and one that is not", { pid: 41, localPort: 80, netns: 2 }, []],
];
for (const [name, filter, expected] of CASES) {
  test(`${name}: a timeline passes whole or not at all`, () => {
    assert.deepEqual(pass(filter, born, open, destroyed), expected);
  });
}

test("what is about no socket always passes", () => {
  assert.deepEqual(pass({ pid: 7 }, tick, born, destroyed), ["tick"]);
});

test("a connecting socket waits for its port", () => {
  const connecting = { ...born, local: { addr: "10.0.0.1", port: 0 }, from: "CLOSE", to: "SYN_SENT" } as const;
  const connected = { ...born, from: "SYN_SENT", to: "ESTABLISHED" } as const;
  assert.deepEqual(pass({ localPort: 80 }, connecting, connected), ["state", "state"]);
  assert.deepEqual(pass({ localPort: 81 }, connecting, connected), []);
  assert.deepEqual(pass({ port: 81 }, connecting, connected), []);
  assert.deepEqual(pass({ port: 5000 }, connecting), ["state"]);
});

test("a socket that ended undecided leaves nothing behind for the next of its name", () => {
  const filter = new EventFilter({ pid: 41 });
  assert.deepEqual(filter.pass([born, destroyed]), []);
  assert.deepEqual(
    filter.pass([open]).map(({ type }) => type),
    ["open"],
  );
});

const sight: CensusEvent = {
  ...{ type: "census", ...base, sock: "ns1/7", round: 1, cookie: "1", state: "CLOSE_WAIT", recvQ: 1, sendQ: 0 },
  ...{ timer: "off", lastSndMs: 1, lastRcvMs: 1, lastAckMs: 1, segsIn: 3, noHolder: null, ringPid: null },
  ...{ holders: [{ pid: 41, fd: 3, epoll: null }], protocol: "TCP", cgroup: null },
};
const facts: ProcessEvent = {
  ...{
    type: "process",
    atUs: 1,
    seq: 1,
    pid: 41,
    startedUs: 0,
    comm: "web server",
    exe: "/bin/web",
    exeDeleted: false,
  },
  ...{ args: [], uid: 0, user: "root", ppid: 40, unit: "web.service", pod: null, netns: 1, pidInContainer: null },
  container: { id: "abcdef012345", runtime: "docker" },
};
const limits: Event = { type: "limits", atUs: 1, seq: 1, pid: 41, fds: { used: 1, limit: 2 } };
const SEEN = ["process", "census", "limits"];

test("what a census saw passes by place and by any of its holders, with the facts of who holds it", () => {
  const yes: Filter[] = [
    {},
    { pid: 41 },
    { pid: 40, children: new Set() },
    { comm: (comm) => comm === "web server" },
    { unit: (unit) => unit === "web.service" },
    { container: (id) => id.startsWith("abcdef") },
    { localPort: 80, peer: (addr) => addr === "10.0.0.2" },
  ];
  const no: Filter[] = [
    { pid: 40 },
    { comm: (comm) => comm === "db" },
    { unit: (unit) => unit === "db.service" },
    { container: () => false },
  ];
  for (const filter of yes) assert.deepEqual(pass(filter, facts, sight, limits), SEEN);
  for (const filter of no) assert.deepEqual(pass(filter, facts, sight, limits), []);
  assert.deepEqual(pass({ localPort: 81 }, sight), []);
});

test("other holders of a socket that passes are told, though they were not asked for", () => {
  const other = { ...facts, pid: 42, comm: "child" };
  const shared = { ...sight, holders: [...sight.holders, { pid: 42, fd: 3, epoll: null }] };
  assert.deepEqual(pass({ pid: 41 }, other, facts, shared), ["process", "process", "census"]);
});

test("a connection that nobody accepted belongs to who listens at its port", () => {
  const listener: CensusEvent = { ...sight, sock: "l", state: "LISTEN", remote: null };
  const waiting: CensusEvent = { ...sight, sock: "w", inode: 0, holders: [] };
  assert.deepEqual(pass({ pid: 41 }, facts, listener, waiting), ["process", "census", "census"]);
  assert.deepEqual(pass({ pid: 43 }, facts, listener, waiting), []);
});

test("a unit is known by the census only: until it has told of the process, its events wait", () => {
  const read: Event = { type: "read", ...base, ...who, fd: 3 };
  const unit = (name: string) => name === "web.service";
  assert.deepEqual(pass({ unit }, born, open, facts, read), ["process", "state", "open", "read"]);
});

test("of code paths those of sockets that pass are told, before them, with names and counts", () => {
  const filter = new EventFilter({ localPort: 80 });
  const site = (number: number) =>
    ({ type: "site", atUs: 1, site: number, pid: 1, did: "accept", ip: "1", near: [], chain: [] }) as const;
  const at = (port: number) => ({ local: { addr: "127.0.0.1", port }, remote: null, netns: 1, inode: 1 });
  const path = (sock: string, port: number, number: number) =>
    ({ type: "path", atUs: 3, sock, ...at(port), role: "opened", site: number }) as const;
  const counts = {
    opened: [
      { site: 41, count: 5 },
      { site: 42, count: 6 },
    ],
    closed: [{ opened: 41, site: 43, count: 2 }],
  };
  const first = filter.pass([
    ...[site(41), site(42), site(43)],
    { type: "symbol", atUs: 2, site: 41, frames: [], notes: [] },
    { type: "paths", atUs: 2, ...counts, unsited: 0 },
    path("s2", 81, 42),
  ]);
  assert.deepEqual(first, []);
  const passed = filter.pass([path("s1", 80, 41), { type: "paths", atUs: 4, ...counts, unsited: 0 }]);
  assert.deepEqual(
    passed.map((event) => ("site" in event ? `${event.type} ${event.site}` : event.type)),
    ["site 41", "symbol 41", "site 43", "paths", "path 41", "paths"],
  );
  const last = passed.at(-1);
  assert.deepEqual(last?.type === "paths" && last.opened, [{ site: 41, count: 5 }]);
});
