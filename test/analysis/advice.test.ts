import assert from "node:assert/strict";
import { test } from "node:test";
import { adviceOf, WILL_NOT_HELP } from "../../src/analysis/advice.ts";
import { type Finding, KINDS, type Kind } from "../../src/analysis/finding.ts";
import { nextOf } from "../../src/analysis/next.ts";
import type { FindingSite } from "../../src/analysis/sites.ts";
import type { CensusEvent, ThreadGroup } from "../../src/model/census.ts";
import { culprit, finding, holder, site, stuck, threads } from "./made-findings.ts";

/** What a finding is about, each of which an advice may name. */
const VALUES = {
  pid: 4121,
  comm: "nginx",
  count: 6_021,
  localPort: 8080,
  addr: "10.0.3.4",
  peerPort: 443,
  fd: 17,
  inode: 70_017,
  limit: 65_536,
  threads: 200,
  otherPid: 900,
  otherFd: 9,
};
type Values = typeof VALUES;
type Variant = {
  readonly kind: Kind;
  readonly over?: Partial<Finding>;
  readonly sight?: Partial<CensusEvent>;
  readonly wait?: boolean;
  readonly queued?: boolean;
};

function waiting(count: number): ThreadGroup {
  const remote = { addr: "10.0.9.9", port: 5432 };
  return threads({ count, waitsFor: { fd: 5, local: null, remote, state: "ESTABLISHED", silentMs: 7_200_000 } });
}

function made({ kind, over = {}, sight = {}, wait = false, queued = false }: Variant, values: Values): Finding {
  const { pid, comm, count, localPort, addr, peerPort, fd, inode, limit, otherPid, otherFd } = values;
  const holders =
    kind === "held-elsewhere" ? [holder({ pid, fd }), holder({ pid: otherPid, fd: otherFd })] : [holder({ pid, fd })];
  return finding({
    kind,
    process: culprit({ pid, comm, exe: `/usr/sbin/${comm}` }),
    count,
    localPorts: [{ port: localPort, count }],
    peers: [{ addr, port: peerPort, count }],
    fds: { used: 61_204, limit, exhaustedInMs: 3_600_000 },
    threads: [wait ? waiting(values.threads) : threads({ count: values.threads })],
    sockets: [stuck({}, { inode, holders, ...sight })],
    queue: queued ? { port: localPort, length: 129, bound: 128 } : null,
    ...over,
  });
}

const nobody = { process: null, attributedBy: null, side: "accept" } as const;
const REASONS = ["io_uring", "in-flight", "kernel", "hidden", "not-found"] as const;
const VARIANTS: readonly Variant[] = [
  ...KINDS.map((kind) => ({ kind })),
  ...REASONS.map(
    (noHolder) => ({ kind: "no-holder", over: nobody, sight: { holders: [], noHolder, ringPid: 77 } }) as const,
  ),
  { kind: "never-accepted", over: { side: "accept" }, queued: true },
  { kind: "never-accepted", over: nobody },
  { kind: "eof-unread", wait: true },
  { kind: "eof-unread", over: { epoll: { none: 40, noRead: 0, read: 0 } } },
  { kind: "eof-unread", over: { epoll: null } },
  { kind: "eof-unread", over: { epoll: null, threads: [] } },
  { kind: "eof-ignored", over: nobody },
  { kind: "unknown", over: nobody },
  { kind: "gone-unclosed", over: { sockets: [] } },
];

/** Each value by itself changed into another: which texts say so? */
function valuesNamed(variant: Variant, index: number): readonly string[] {
  const before = adviceOf(made(variant, VALUES))[index];
  return Object.entries(VALUES).flatMap(([name, value]) => {
    const other = typeof value === "number" ? value + 1 : name === "comm" ? "haproxy" : "10.7.7.7";
    const after = adviceOf(made(variant, { ...VALUES, [name]: other }))[index];
    return after === before ? [] : [name];
  });
}

for (const variant of VARIANTS) {
  test(`every advice names two values of its finding: ${JSON.stringify(variant)}`, () => {
    for (const [index, text] of adviceOf(made(variant, VALUES)).entries()) {
      const named = valuesNamed(variant, index);
      assert.ok(named.length >= 2, `only [${named}] in: ${text}`);
    }
  });
}

test("each kind is told something of its own to look at, and what will not help", () => {
  const looks = KINDS.map((kind) => adviceOf(made({ kind }, VALUES))[0]);
  assert.equal(new Set(looks).size, KINDS.length);
  for (const kind of KINDS) assert.ok(adviceOf(made({ kind }, VALUES)).at(-1)?.startsWith(WILL_NOT_HELP));
});

test("nothing that leaves the fd open is sold as a cure", () => {
  for (const variant of VARIANTS) {
    for (const text of adviceOf(made(variant, VALUES))) {
      if (/ss -K|keepalive|fin_timeout|sysctl/.test(text)) assert.ok(text.startsWith(WILL_NOT_HELP), text);
      if (/prlimit/.test(text)) assert.match(text, /^buys time, cures nothing/);
    }
  }
});

test("a higher limit is offered where it buys time, and never a lower hard one", () => {
  const fds = { used: 900, limit: 1_024, exhaustedInMs: 60_000 };
  const [, time] = adviceOf(finding({ fds }));
  assert.match(time ?? "", /--pid 4121 --nofile=2048:1048576 .*not if the program uses select\(\)/);
  for (const none of [null, { ...fds, limit: null }, { ...fds, exhaustedInMs: null }]) {
    assert.ok(!adviceOf(finding({ fds: none })).some((text) => text.includes("prlimit")));
  }
});

test("the stack of a program is shown by its runtime's own tool", () => {
  const dump = (name: string) =>
    adviceOf(finding({ epoll: null, process: culprit({ comm: name, exe: null }) }))[0] ?? "";
  assert.match(dump("java"), /jcmd 4121 Thread\.print$/);
  assert.match(dump("python3.11"), /py-spy dump --pid 4121$/);
  assert.match(dump("haproxy"), /sudo eu-stack -p 4121$/);
});

const NEXT: readonly (readonly [what: string, over: Partial<Finding>, filter: string])[] = [
  ["a process that leaks nothing", { leak: false }, " --pid 4121"],
  ["a leak of which the code path is known", { sites: [path("fetch")] }, " --pid 4121"],
  [
    "a listener: by its port, since no process has the sockets",
    { kind: "never-accepted", side: "accept", localPorts: [{ port: 8080, count: 1 }] },
    " --local-port 8080",
  ],
  ["a listener whose port is not known", { kind: "never-accepted", peers: [] }, " --pid 4121"],
  ["nobody, on a port", { ...nobody, localPorts: [{ port: 8080, count: 1 }] }, " --local-port 8080"],
  ["nobody, towards a peer", { ...nobody, side: "connect" }, " --peer 10.0.3.4 --peer-port 443"],
  ["nobody, from a peer", { ...nobody, peers: [{ addr: "fd00::1", port: 0, count: 1 }] }, " --peer fd00::1"],
  ["nobody, nothing", { ...nobody, peers: [] }, ""],
  [
    "an address that is none never reaches a shell",
    { ...nobody, peers: [{ addr: "$(reboot)", port: 1, count: 1 }] },
    "",
  ],
];

for (const [what, over, filter] of NEXT) {
  test(`next, of ${what}`, () => assert.equal(nextOf(finding(over)), `sudo sockleak list --sockets 20${filter}`));
}

test("next, of a leak, is its code path: who opened it, else who used it last", () => {
  assert.equal(nextOf(finding()), "sudo sockleak report --pid 4121 --until 3");
  const dispatched = [{ ...path("accept_loop"), dispatcher: true }];
  assert.equal(nextOf(finding({ sites: dispatched })), "sudo sockleak report --pid 4121 --last-used");
});

test("what to look at is the code path, where one is to blame", () => {
  const [look] = adviceOf(finding({ sites: [path("fetch")] }));
  assert.equal(look, "follow the socket that fetch (app.c:80) opens: nobody closes it");
  const sites = [{ ...path("accept_loop"), dispatcher: true }, path("handle", "eof-read")];
  assert.equal(adviceOf(finding({ sites }))[0], "handle (app.c:80) was told that the peer is done: close it there");
});

function path(name: string, role: FindingSite["role"] = "opened"): FindingSite {
  const frame = { address: "1", function: name, file: "/src/app.c", line: 80, object: "/app", offset: 1 };
  return site({ role, frames: [frame] });
}
