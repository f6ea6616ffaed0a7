import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import fc from "fast-check";
import { linesOf } from "../../../src/host/census/lines.ts";
import { parseProcTcpLine } from "../../../src/host/census/proc-tcp.ts";
import type { Row } from "../../../src/host/census/row.ts";
import { parseSsLine, remnantOf } from "../../../src/host/census/ss.ts";
import { parseSsAddress } from "../../../src/host/census/table-address.ts";
import type { TcpState } from "../../../src/model/state.ts";

const fixture = (name: string) => readFileSync(new URL(`../../../fixtures/ss/${name}`, import.meta.url), "utf8");

function parse(lines: Iterable<string>, parseLine: (line: string) => Row | null) {
  const all = Array.from(lines, parseLine);
  const rows = all.filter((row) => row !== null);
  return { rows, refused: all.length - rows.length };
}

const parseSs = (text: string, asked?: TcpState) => parse(linesOf(text), (line) => parseSsLine(line, asked));
const parseProcTcp = (text: string) => parse(linesOf(text, { skip: 1 }), (line) => parseProcTcpLine(line));

/** What the three versions of ss tell a moment apart moves: the clocks, and a timer that fires. */
function still({ lastSndMs, lastRcvMs, lastAckMs, ...row }: Row) {
  return { ...row, told: [lastSndMs, lastRcvMs, lastAckMs].every((ms) => ms !== null) };
}

const byPort = (rows: readonly Row[], port: number, state: string) =>
  rows.filter((row) => row.state === state && row.local?.port === port);

test("three versions of ss tell the same sockets", () => {
  const [old, debian, newest] = ["5.10", "6.1", "7.1"].map((version) => parseSs(fixture(`${version}-all.txt`)));
  assert.equal(old?.rows.length, 34);
  for (const table of [old, debian, newest]) assert.equal(table?.refused, 0);
  assert.deepEqual(debian?.rows.map(still), old?.rows.map(still));
  assert.deepEqual(newest?.rows.map(still), old?.rows.map(still));
});

test("asked for one state only, ss prints no state", () => {
  for (const version of ["5.10", "6.1", "7.1"]) {
    const all = parseSs(fixture(`${version}-all.txt`)).rows.filter((row) => row.state === "CLOSE_WAIT");
    const some = parseSs(fixture(`${version}-close-wait.txt`), "CLOSE_WAIT");
    assert.equal(some.rows.length, 8);
    assert.deepEqual(some.rows.map(still), all.map(still));
  }
});

test("the recorded sockets, one by one", () => {
  const { rows } = parseSs(fixture("6.1-all.txt"));
  const [mapped] = byPort(rows, 8006, "CLOSE_WAIT").filter((row) => row.local?.addr === "127.0.0.1");
  assert.equal(mapped?.remote?.addr, "127.0.0.1");
  assert.equal(mapped?.recvQ, 1);
  const [six] = byPort(rows, 8006, "CLOSE_WAIT").filter((row) => row.local?.addr === "::1");
  assert.deepEqual([six?.timer, six?.recvQ, six?.remote?.addr], ["keepalive", 4, "::1"]);
  const [never] = byPort(rows, 8008, "CLOSE_WAIT");
  assert.deepEqual([never?.inode, never?.local?.addr, never?.recvQ], [0, "127.0.0.1", 1]);
  const [queue] = byPort(rows, 8008, "LISTEN");
  assert.deepEqual([queue?.recvQ, queue?.sendQ, queue?.remote, queue?.lastAckMs], [1, 5, null, 0]);
  assert.deepEqual(
    byPort(rows, 8006, "LISTEN").map((row) => row.local?.addr),
    ["*"],
  );
  assert.deepEqual(
    byPort(rows, 8007, "LISTEN").map((row) => row.local?.addr),
    ["::"],
  );
  assert.deepEqual(
    byPort(rows, 8009, "LISTEN").map((row) => row.local?.addr),
    ["fe80::9"],
  );
  assert.deepEqual(
    byPort(rows, 8010, "LISTEN").map((row) => row.ulp),
    ["mptcp"],
  );
  assert.equal(rows.filter((row) => row.timer === "persist" && (row.sendQ ?? 0) > 1_000_000).length, 1);
  assert.deepEqual(
    rows.filter((row) => row.state === "SYN_SENT").map((row) => row.timer),
    ["on"],
  );
  assert.equal(rows.filter((row) => row.timer === "timewait" && row.state === "FIN_WAIT2").length > 0, true);
});

test("cgroups named to deceive, and a process too", () => {
  for (const name of ["5.10-all.txt", "6.1-all.txt", "7.1-all.txt", "6.1-all-with-p.txt"]) {
    const { rows } = parseSs(fixture(name));
    const [ino] = byPort(rows, 8011, "CLOSE_WAIT");
    assert.ok((ino?.inode ?? 0) > 100_000 && (ino?.cookie?.length ?? 0) >= 5, name);
    assert.equal(ino?.cgroup, "/sockleak-rec/x ino:1 sk:1");
    const [info] = byPort(rows, 8012, "CLOSE_WAIT");
    assert.ok((info?.lastRcvMs ?? 0) > 1000 && (info?.lastAckMs ?? 0) > 1000, name);
    assert.equal(info?.cgroup, "/sockleak-rec/y --> cubic cwnd:10 lastrcv:1 lastack:1");
    for (const row of rows) assert.notEqual(row.inode, 1);
  }
});

test("what is left of a connection is known without parsing its line", () => {
  for (const name of ["5.10-all.txt", "6.1-all.txt", "7.1-all.txt"]) {
    const lines = [...linesOf(fixture(name))].filter((line) => line.trim() !== "");
    const parsed = lines.map((line) => parseSsLine(line));
    const remnants = parsed.map((row) => (row?.timer === "timewait" ? row.state : null));
    assert.deepEqual(lines.map(remnantOf), remnants, name);
    assert.ok(remnants.includes("FIN_WAIT2"), name);
  }
  const forged = "FIN-WAIT-2 0 0 1.2.3.4:5 1.2.3.4:6 ino:7 sk:8 cgroup:/x timer:(timewait,1sec,0) --> cwnd:10";
  assert.equal(remnantOf(forged), null);
});

test("the same sockets from ss and from /proc", () => {
  const told = parseSs(fixture("6.1-all.txt")).rows;
  const four = parseProcTcp(fixture("proc-net-tcp.txt"));
  const six = parseProcTcp(fixture("proc-net-tcp6.txt"));
  assert.equal(four.refused + six.refused, 0);
  const rows = [...four.rows, ...six.rows];
  // A dual-stack listener is told apart by ss only; a persist timer may have fired between the two.
  const key = ({ state, local, remote, inode, recvQ }: Row) =>
    JSON.stringify([state, { ...local, addr: local?.addr === "*" ? "::" : local?.addr }, remote, inode, recvQ]);
  assert.deepEqual(rows.map(key).sort(), told.map(key).sort());
  const timers = (all: readonly Row[]) => all.filter((row) => row.timer === "keepalive").map((row) => row.inode);
  assert.deepEqual(timers(rows), timers(told));
  assert.equal(timers(rows).length, 1);
});

test("forms written by hand", () => {
  const { rows, refused } = parseSs(fixture("by-hand.txt"));
  assert.equal(refused, 0);
  const [tls, bare, mptcp, request, vlan] = rows;
  assert.deepEqual([tls?.ulp, tls?.cgroup, tls?.lastRcvMs, tls?.cookie], ["tls", "unreachable:1f2", 4000, "a1"]);
  assert.deepEqual([bare?.cgroup, bare?.lastRcvMs, bare?.lastSndMs, bare?.segsIn], [null, 0, 7, 3]);
  assert.deepEqual([mptcp?.ulp, mptcp?.timer, mptcp?.local?.addr], ["mptcp", "keepalive", "2001:db8::1"]);
  assert.deepEqual([request?.state, request?.inode, request?.lastAckMs, request?.timer], ["SYN_RECV", 0, null, "on"]);
  assert.deepEqual([vlan?.local, vlan?.timer], [{ addr: "10.0.0.5", port: 443 }, "off"]);
});

test("what is no socket is refused and counted", () => {
  const text =
    "\nhello\nESTAB 0 0 1.2.3.4:5\nESTAB 0 0 1.2.3.4:99999 1.2.3.4:5\nESTAB x 0 1.2.3.4:1 1.2.3.4:5\nUNDEF 0 0 1.2.3.4:1 1.2.3.4:5\n";
  assert.deepEqual(parseSs(text), { rows: [], refused: 5 });
  assert.equal(parseSs("1 0 1.2.3.4:1 1.2.3.4:5 ino:1 sk:1\n").refused, 1, "no state, and none asked for");
});

test("addresses", () => {
  const cases: readonly [string, { addr: string; port: number } | undefined][] = [
    ["127.0.0.1:80", { addr: "127.0.0.1", port: 80 }],
    ["0.0.0.0:*", { addr: "0.0.0.0", port: 0 }],
    ["*:8080", { addr: "*", port: 8080 }],
    ["*%eth0:8080", { addr: "*", port: 8080 }],
    ["[::ffff:10.1.2.3]:5", { addr: "10.1.2.3", port: 5 }],
    ["[fe80::1]%eth0:22", { addr: "fe80::1", port: 22 }],
    ["[fe80::1%eth0]:22", { addr: "fe80::1", port: 22 }],
    ["localhost:80", undefined],
    ["1.2.3.4", undefined],
    [":80", undefined],
    ["1.2.3.4:-1", undefined],
  ];
  for (const [text, expected] of cases) assert.deepEqual(parseSsAddress(text), expected, text);
});

test("a /proc/net/tcp6 line of a v4-mapped and of a plain IPv6 socket", () => {
  const line = (local: string, remote: string) =>
    `   3: ${local}:1F46 ${remote}:0050 08 00000002:00000001 02:000A7A5F 00000000     0        0 841541 1 000000007ead751e 20 4 24 10 -1`;
  const mapped = parseProcTcpLine(line("0000000000000000FFFF00000100007F", "0000000000000000FFFF00000401A8C0"));
  assert.deepEqual(
    [mapped?.local, mapped?.remote],
    [
      { addr: "127.0.0.1", port: 8006 },
      { addr: "192.168.1.4", port: 80 },
    ],
  );
  assert.deepEqual([mapped?.state, mapped?.recvQ, mapped?.sendQ, mapped?.timer], ["CLOSE_WAIT", 1, 2, "keepalive"]);
  assert.equal(
    parseProcTcpLine(line("B80D0120000000000000000001000000", "B80D0120000000000000000002000000"))?.local?.addr,
    "2001:db8::1",
  );
});

test("property: no text makes the parsers throw, and every line is either a row or refused", () => {
  const piece = fc.constantFrom(
    "ESTAB",
    "1 0",
    " 127.0.0.1:1",
    "[::1]:2",
    " ino:5",
    " sk:f",
    " cgroup:",
    "/x",
    " -->",
    " lastrcv:9",
    'users:(("a",pid=1,fd=3))',
    "%",
    "timer:(",
  );
  const line = fc.oneof(
    fc.string({ unit: "binary" }),
    fc.array(piece, { maxLength: 14 }).map((parts) => parts.join(" ")),
  );
  fc.assert(
    fc.property(fc.array(line.map((text) => text.replaceAll("\n", ""))), (all) => {
      const { rows, refused } = parseSs(all.join("\n"));
      assert.equal(rows.length + refused, all.filter((text) => text.trim() !== "").length);
      parseProcTcp(all.join("\n"));
    }),
    { numRuns: 500 },
  );
});

test("property: whatever the cgroup is named, only the name changes", () => {
  const [line = ""] = fixture("6.1-close-wait.txt")
    .split("\n")
    .filter((text) => text.includes(":8011"));
  const before = line.slice(0, line.indexOf(" cgroup:"));
  const after = " --> ts sack cubic cwnd:10 segs_in:3 lastsnd:1300 lastack:1200 rcv_space:65483";
  const bare = parseSsLine(`${before} cgroup:/${after}`, "CLOSE_WAIT");
  const piece = fc.constantFrom(
    " ino:1",
    " sk:1",
    " cgroup:",
    " -->",
    " <->",
    " lastrcv:1",
    " lastack:2",
    " segs_in:9",
    " cwnd:1",
    " tcp-ulp-tls",
    "/",
    "a",
    'users:(("a",pid=1,fd=3))',
    " timer:(keepalive,1min,0)",
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 8 }), (parts) => {
      const name = `/x${parts.join("")}y`;
      assert.deepEqual(parseSsLine(`${before} cgroup:${name}${after}`, "CLOSE_WAIT"), { ...bare, cgroup: name });
    }),
    { numRuns: 500 },
  );
  assert.deepEqual([bare?.lastRcvMs, bare?.lastAckMs, bare?.ulp], [0, 1200, null]);
});

test("property: with -p, whatever the process is named, nothing changes", () => {
  const comm = fc.array(fc.constantFrom('"', ",pid=1", ",fd=3", ")", "(", " ino:1", " sk:1", "a", "),("), {
    maxLength: 6,
  });
  const line = (users: string) =>
    `ESTAB 0 0 127.0.0.1:80 127.0.0.1:81 ${users}timer:(keepalive,1min,0) ino:7 sk:a <-> cwnd:10 lastrcv:4`;
  const bare = parseSsLine(line(""));
  fc.assert(
    fc.property(comm, comm, (one, other) => {
      const [a, b] = [one, other].map((parts) => parts.join("").slice(0, 15));
      assert.deepEqual(parseSsLine(line(`users:(("${a}",pid=71,fd=3),("${b}",pid=72,fd=4)) `)), bare);
    }),
    { numRuns: 500 },
  );
  assert.equal(bare?.inode, 7);
});
