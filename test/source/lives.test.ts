import assert from "node:assert/strict";
import { test } from "node:test";
import type { SocketEvent, Unnumbered } from "../../src/model/event.ts";
import type { TcpState } from "../../src/model/state.ts";
import { Lives } from "../../src/source/lives.ts";
import type { RawOfSocket, RawState } from "../../src/wire/raw.ts";

const SK = -131387331821376;
const OTHER = SK + 64;
let ns = 0;

type Given = Partial<Omit<RawState, "tag" | "from" | "to">>;

function move(from: TcpState, to: TcpState, given: Given = {}): RawOfSocket {
  ns += 1_000_000;
  const ends = { lport: 80, rport: 5000, local: "::ffff:10.0.0.1", remote: "::ffff:10.0.0.2" };
  return { tag: "state", cpu: 0, ns, sk: SK, from, to, netns: 4026531833, inode: 77, ...ends, ...given };
}

function record<T extends "accept" | "connect" | "close" | "destroy" | "read">(
  tag: T,
  given: object = {},
): RawOfSocket {
  ns += 1_000;
  const who = { pid: 41, tid: 42, comm: "app" };
  const all = { fd: 7, inode: 77, learned: 3, how: 1, flags: 0 };
  return { tag, cpu: 0, ns, sk: SK, ...who, ...all, ...given } as unknown as RawOfSocket;
}

function follow(...raws: RawOfSocket[]) {
  const lives = new Lives();
  const events = raws.flatMap((raw) => followOne(lives, raw));
  return { lives, events, told: events.map((event) => tell(event)) };
}

function followOne(lives: Lives, raw: RawOfSocket): Unnumbered<SocketEvent>[] {
  const events: Unnumbered<SocketEvent>[] = [];
  lives.follow(raw, events);
  return events;
}

function tell(event: Unnumbered<SocketEvent>): string {
  if (event.type === "state") return `${event.from}>${event.to}${event.inferred ? "?" : ""}`;
  const who = "pid" in event && event.pid !== null ? ` by ${event.pid}` : "";
  return `${event.type}${"how" in event ? ` ${event.how}` : ""}${who}`;
}

const accepted = () => [
  move("LISTEN", "SYN_RECV", { inode: 0 }),
  move("SYN_RECV", "ESTABLISHED", { inode: 0 }),
  record("accept"),
];

test("one life is one id, whatever happens; the next life at the address has another", () => {
  const { events } = follow(
    ...accepted(),
    move("ESTABLISHED", "CLOSE_WAIT"),
    record("read"),
    record("close"),
    move("CLOSE_WAIT", "LAST_ACK"),
    move("LAST_ACK", "CLOSE", { inode: 0 }),
    record("destroy"),
    ...accepted(),
  );
  const ids = events.map(({ sock }) => sock);
  assert.equal(new Set(ids.slice(0, 9)).size, 1);
  assert.equal(new Set(ids).size, 2);
  assert.equal(new Set(ids.slice(9)).size, 1);
});

test("accept tells the queue time; a second line about the same accept adds the fd", () => {
  const { events } = follow(...accepted(), record("accept", { fd: -1 }));
  const [, , first, second] = events;
  assert.ok(first?.type === "open" && second?.type === "open");
  assert.deepEqual([first.fd, first.queuedUs, first.learned, first.tid], [7, 1, "sys_exit_accept", 42]);
  assert.equal(second.fd, null);
});

test("a socket whose file is gone is ended by its last transition; the late word of its end says nothing new", () => {
  const { told, lives } = follow(
    ...accepted(),
    record("close"),
    move("ESTABLISHED", "FIN_WAIT1"),
    move("FIN_WAIT1", "FIN_WAIT2", { inode: 0 }),
    move("FIN_WAIT2", "CLOSE", { inode: 0 }),
    record("destroy"),
  );
  assert.deepEqual(told.slice(3), [
    "close close by 41",
    "ESTABLISHED>FIN_WAIT1",
    "FIN_WAIT1>FIN_WAIT2",
    "FIN_WAIT2>CLOSE",
    "close destroyed",
  ]);
  assert.equal(lives.size, 0);
});

test("a reset socket that is still held is not ended, and its release names who released it", () => {
  const { told, lives } = follow(...accepted(), move("ESTABLISHED", "CLOSE"));
  assert.deepEqual(told.slice(3), ["ESTABLISHED>CLOSE"]);
  assert.equal(lives.size, 1);
  assert.deepEqual(followOne(lives, record("destroy", { flags: 4 })).map(tell), ["close destroyed by 41"]);
});

test("a never accepted socket that is destroyed names nobody: the listener's close or a timer did it", () => {
  const { told } = follow(
    move("LISTEN", "SYN_RECV", { inode: 0 }),
    move("SYN_RECV", "ESTABLISHED", { inode: 0 }),
    move("ESTABLISHED", "CLOSE", { inode: 0 }),
    record("destroy"),
  );
  assert.deepEqual(told.slice(2), ["ESTABLISHED>CLOSE", "close destroyed"]);
});

const MISSED: readonly [string, readonly RawOfSocket[], readonly string[]][] = [
  ["one move", [...accepted(), move("CLOSE_WAIT", "LAST_ACK")], ["ESTABLISHED>CLOSE_WAIT?", "CLOSE_WAIT>LAST_ACK"]],
  [
    "two moves",
    [...accepted(), move("FIN_WAIT2", "CLOSE", { inode: 0 })],
    ["ESTABLISHED>FIN_WAIT1?", "FIN_WAIT1>FIN_WAIT2?", "FIN_WAIT2>CLOSE", "close destroyed"],
  ],
  ["the last move", [...accepted(), record("destroy")], ["ESTABLISHED>CLOSE?", "close destroyed"]],
];
for (const [name, raws, expected] of MISSED) {
  test(`${name} whose probe did not run is inferred from the next word`, () => {
    assert.deepEqual(follow(...raws).told.slice(3), expected);
  });
}

test("an EOF read says that the peer's FIN has come, before it", () => {
  const { told } = follow(...accepted(), record("read"), move("CLOSE_WAIT", "LAST_ACK"));
  assert.deepEqual(told.slice(3), ["ESTABLISHED>CLOSE_WAIT?", "read by 41", "CLOSE_WAIT>LAST_ACK"]);
});

test("a birth that was missed is inferred, one before our time is not", () => {
  assert.deepEqual(follow(move("SYN_RECV", "ESTABLISHED", { inode: 0 })).told, [
    "LISTEN>SYN_RECV?",
    "SYN_RECV>ESTABLISHED",
  ]);
  assert.deepEqual(follow(move("ESTABLISHED", "CLOSE_WAIT")).told, ["ESTABLISHED>CLOSE_WAIT"]);
});

test("an impossible jump at the same addresses is left as it is", () => {
  const { told } = follow(...accepted(), move("ESTABLISHED", "CLOSE_WAIT"), move("FIN_WAIT2", "CLOSE", { inode: 0 }));
  assert.deepEqual(told.slice(3), ["ESTABLISHED>CLOSE_WAIT", "FIN_WAIT2>CLOSE", "close destroyed"]);
});

test("a new birth, a listener, or other ends at a known address replace what was there", () => {
  for (const next of [
    move("CLOSE", "SYN_SENT"),
    move("CLOSE", "LISTEN"),
    move("ESTABLISHED", "CLOSE_WAIT", { rport: 5001 }),
    move("ESTABLISHED", "CLOSE_WAIT", { lport: 81 }),
    move("ESTABLISHED", "CLOSE_WAIT", { remote: "::ffff:10.0.0.3" }),
    move("ESTABLISHED", "CLOSE_WAIT", { local: "::1" }),
  ]) {
    const { events, told } = follow(...accepted(), next);
    assert.equal(told[3], "close replaced");
    assert.notEqual(events[4]?.sock, events[0]?.sock);
  }
});

test("what is not set yet is no other end: a connecting port, a child's peer and address before Linux 6.18", () => {
  const connect = follow(move("CLOSE", "SYN_SENT", { lport: 0 }), move("SYN_SENT", "ESTABLISHED", { lport: 40001 }));
  assert.deepEqual(connect.told, ["CLOSE>SYN_SENT", "SYN_SENT>ESTABLISHED"]);
  assert.deepEqual(connect.events[1]?.local, { addr: "10.0.0.1", port: 40001 });
  const child = { inode: 0, rport: 0, remote: "::ffff:0.0.0.0", local: "::" };
  const { told, events } = follow(move("LISTEN", "SYN_RECV", child), move("SYN_RECV", "ESTABLISHED", { inode: 0 }));
  assert.deepEqual(told, ["LISTEN>SYN_RECV", "SYN_RECV>ESTABLISHED"]);
  assert.equal(events[0]?.remote, null);
  assert.deepEqual(events[1]?.remote, { addr: "10.0.0.2", port: 5000 });
});

test("a close before anything else is kept for the transition that follows, and forgotten with the socket", () => {
  assert.deepEqual(follow(record("close"), move("ESTABLISHED", "FIN_WAIT1")).told, [
    "close close by 41",
    "ESTABLISHED>FIN_WAIT1",
  ]);
  assert.deepEqual(follow(record("close"), record("destroy"), move("ESTABLISHED", "FIN_WAIT1")).told, [
    "ESTABLISHED>FIN_WAIT1",
  ]);
});

test("sockets at different addresses do not mix, and equal sights give equal ids", () => {
  const lives = new Lives();
  const one = followOne(lives, { ...move("ESTABLISHED", "CLOSE_WAIT"), ns: 5_000_000 });
  const two = followOne(lives, { ...move("ESTABLISHED", "CLOSE_WAIT"), ns: 5_000_000, sk: OTHER });
  const again = followOne(new Lives(), { ...move("ESTABLISHED", "CLOSE_WAIT"), ns: 5_000_000 });
  assert.notEqual(one[0]?.sock, two[0]?.sock);
  assert.equal(one[0]?.sock, again[0]?.sock);
});

test("addresses with 5-level page tables (57 bits) have ids of their own", () => {
  const far = -57440324556315136;
  const lives = new Lives();
  const ids = Array.from(
    { length: 1_000 },
    (_, i) => followOne(lives, { ...move("ESTABLISHED", "CLOSE_WAIT"), sk: far + i * 64 })[0]?.sock,
  );
  assert.equal(new Set(ids).size, 1_000);
});
