import assert from "node:assert/strict";
import { test } from "node:test";
import { maskArgs, parseCmdline } from "../../../src/host/census/args.ts";
import { parseCgroups } from "../../../src/host/census/cgroup.ts";
import { UNTOLD } from "../../../src/host/census/closed.ts";
import { parseLsof } from "../../../src/host/census/closed-lsof.ts";
import { parseClosedLine } from "../../../src/host/census/closed-python.ts";
import { parseChildrenTicks } from "../../../src/host/census/cost.ts";
import { watchOf } from "../../../src/host/census/epoll.ts";
import { parseEpoll, parseInFlight, parseRing } from "../../../src/host/census/fdinfo.ts";
import { LineCutter, linesOf } from "../../../src/host/census/lines.ts";
import { collectNamespaces, parseNamespaceMounts } from "../../../src/host/census/namespaces.ts";
import { saysIdle } from "../../../src/host/census/netns-holders.ts";
import { parseInodeColumn } from "../../../src/host/census/other-tables.ts";
import { podNamesIn } from "../../../src/host/census/pods.ts";
import { parseFdLimit, parseNsPid, parseUsers } from "../../../src/host/census/process.ts";
import { parseStat } from "../../../src/host/census/stat.ts";
import { parseSyscall } from "../../../src/host/census/syscalls.ts";
import { groupThreads } from "../../../src/host/census/thread-groups.ts";

test("arguments: what looks secret is masked, the rest is not touched", () => {
  const cases: readonly [readonly string[], readonly string[]][] = [
    [
      ["app", "--password=x y", "--port=80"],
      ["app", "--password=***", "--port=80"],
    ],
    [
      ["app", "--db-password", "s3cret", "run"],
      ["app", "--db-password", "***", "run"],
    ],
    [
      ["app", "--token", "--verbose"],
      ["app", "--token", "--verbose"],
    ],
    [
      ["java", "-Ddb.password=s3cret", "-Xmx1g"],
      ["java", "-Ddb.password=***", "-Xmx1g"],
    ],
    [
      ["env", "API_KEY=abc", "HOME=/root"],
      ["env", "API_KEY=***", "HOME=/root"],
    ],
    [
      ["psql", "postgres://bob:pw@db:5432/x"],
      ["psql", "postgres://***@db:5432/x"],
    ],
    [
      ["mysql", "-ps3cret", "-P3306"],
      ["mysql", "-p***", "-P3306"],
    ],
    [
      ["ssh", "-p2222", "host"],
      ["ssh", "-p2222", "host"],
    ],
    [
      ["sshpass", "-p", "s3cret", "ssh"],
      ["sshpass", "-p", "***", "ssh"],
    ],
    [
      ["curl", "-u", "bob:pw", "https://x/?token=abc&n=1"],
      ["curl", "-u", "***", "https://x/?token=***&n=1"],
    ],
    [
      ["curl", "-H", "Authorization: Bearer abc.def"],
      ["curl", "-H", "Authorization:***"],
    ],
    [["node: worker --secret hush --n 1"], ["node: worker --secret *** --n 1"]],
    [
      ["x", "ghp_0123456789abcdefghij"],
      ["x", "***"],
    ],
    [
      ["x", '{"password":"a b","n":1}'],
      ["x", '{"password":***,"n":1}'],
    ],
  ];
  for (const [args, expected] of cases) assert.deepEqual(maskArgs(args), expected);
});

test("cmdline: NUL separated, any bytes, possibly one overwritten string", () => {
  assert.deepEqual(parseCmdline("a\0b c\0\0"), ["a", "b c", ""]);
  assert.deepEqual(parseCmdline("nginx: worker"), ["nginx: worker"]);
  assert.deepEqual(parseCmdline(""), []);
});

test("masking a hostile argument takes no longer than its length", () => {
  const hostile = ["x", `${"password".repeat(2_000)}`, `${"a://".repeat(2_000)}`, `${"--token ".repeat(1_000)}`];
  const before = process.hrtime.bigint();
  const masked = maskArgs(hostile);
  assert.equal(masked.length, 4);
  assert.ok(Number(process.hrtime.bigint() - before) < 500e6);
});

const ID = "0123456789abcdef".repeat(4);
const UID = "8f0a6d1e-1c2b-4d3e-9f10-aabbccddeeff";

test("cgroup paths to unit, container and pod", () => {
  const of = (text: string) => {
    const { unit, container, podUid } = parseCgroups(text);
    return [unit, container?.runtime ?? null, container?.id === ID, podUid];
  };
  const kube = `/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod${UID.replaceAll("-", "_")}.slice`;
  const cases: readonly [string, readonly unknown[]][] = [
    ["0::/system.slice/checkout.service\n", ["checkout.service", null, false, null]],
    [
      "0::/user.slice/user-1000.slice/user@1000.service/app.slice/foo\\x2dbar.service\n",
      ["foo-bar.service", null, false, null],
    ],
    ["0::/user.slice/user-1000.slice/session-3.scope\n", ["session-3.scope", null, false, null]],
    [`0::/system.slice/docker-${ID}.scope\n`, [null, "docker", true, null]],
    [`12:memory:/docker/${ID}\n0::/\n`, [null, "docker", true, null]],
    [`0::/machine.slice/libpod-${ID}.scope/container\n`, [null, "podman", true, null]],
    [`0::${kube}/cri-containerd-${ID}.scope\n`, [null, "containerd", true, UID]],
    [`0::${kube}/crio-${ID}.scope\n`, [null, "cri-o", true, UID]],
    [`4:cpu:/kubepods/besteffort/pod${UID}/${ID}\n`, [null, null, true, UID]],
    [
      `0::/system.slice/containerd.service/kubepods-burstable-pod${UID.replaceAll("-", "_")}.slice:cri-containerd:${ID}\n`,
      ["containerd.service", "containerd", true, UID],
    ],
    ["1:name=systemd:/system.slice/ssh.service\n0::/\n", ["ssh.service", null, false, null]],
    ["0::/\n", [null, null, false, null]],
    ["", [null, null, false, null]],
  ];
  for (const [text, expected] of cases) assert.deepEqual(of(text), expected, text);
});

test("pod names from the kubelet's folders", () => {
  const names = podNamesIn([`shop_checkout-1_${UID}`, "junk"], [`cart-2_shop_app-${ID}.log`]);
  assert.equal(names(UID, null), "shop/checkout-1");
  assert.equal(names("other", ID), "shop/cart-2");
  assert.equal(names("other", null), null);
});

test("stat: the name may hold anything", () => {
  const stat = `41 (a) S 1 (b) R 7 ${Array.from({ length: 30 }, (_, index) => index).join(" ")}`;
  assert.deepEqual(parseStat(stat), { comm: "a) S 1 (b", state: "R", ppid: 7, startedTicks: 17 });
  for (const text of ["", "1 (x", "1 (x) ", "1 (x) R 1"]) assert.equal(parseStat(text), null);
});

test("fdinfo of epoll, io_uring and UNIX sockets", () => {
  const watches = parseEpoll(
    "pos:\t0\ntfd:        7 events:       18 data:                7  pos:0 ino:ae59c sdev:9\ntfd: 8 events: 80002019 data: 0\n",
  );
  assert.deepEqual(watches, [
    { fd: 7, events: 0x18, inode: 0xae59c },
    { fd: 8, events: 0x80002019, inode: null },
  ]);
  assert.deepEqual(
    parseRing(
      "SqThread:\t-1\nUserFiles:\t3\n    0: socket:[714139]\n    1: /tmp/socket:[5]\n    2: <none>\nUserBufs:\t0\n",
    ),
    [714139],
  );
  assert.equal(parseInFlight("pos:\t0\nscm_fds: 3\n"), 3);
  assert.equal(parseInFlight("pos:\t0\n"), 0);
  const book = new Map([
    ["7 5", true],
    ["8 5", false],
  ]);
  assert.deepEqual(
    [watchOf(book, 7, 5), watchOf(book, 8, 5), watchOf(book, 7, 6), watchOf(null, 7, 5)],
    ["read", "no-read", "none", null],
  );
});

test("namespaces: of processes and of mounts", () => {
  const mounts =
    "35 27 0:4 net:[4026532000] /run/netns/b\\040c rw shared:1 - nsfs nsfs rw\n36 27 0:4 mnt:[4026532001] /x rw - nsfs nsfs rw\n37 1 0:5 / /net:[1] rw - tmpfs tmpfs rw\n";
  assert.deepEqual(parseNamespaceMounts(mounts), [{ inode: 4026532000, path: "/run/netns/b c", covered: false }]);
  const holders = {
    holders: new Map([
      [4026532000, [7]],
      [4026531840, [1, 2]],
    ]),
    idle: [4026532000],
    unseen: null,
  };
  assert.deepEqual(collectNamespaces(holders, mounts, 4026531840), [
    { inode: 4026531840, own: true, idle: false, pids: [1, 2], paths: ["/proc/1/ns/net", "/proc/2/ns/net"] },
    { inode: 4026532000, own: false, idle: true, pids: [7], paths: ["/proc/7/ns/net", "/run/netns/b c"] },
  ]);
});

test("a namespace's mount that another one covers", () => {
  const root = "1 0 8:1 / / rw - ext4 /dev/sda1 rw";
  const run = "20 1 0:20 / /run rw - tmpfs tmpfs rw";
  const netns = "35 20 0:4 net:[4026532000] /run/netns/blue rw - nsfs nsfs rw";
  const covered = (...lines: readonly string[]) => parseNamespaceMounts(lines.join("\n"))[0]?.covered;
  assert.equal(covered(root, run, netns), false);
  assert.equal(covered(root, run, netns, "36 20 0:50 / /run/netns/b rw - fuse x rw"), false);
  assert.equal(covered(root, run, netns, "36 20 0:50 / /run/netns rw - fuse x rw"), true);
  assert.equal(covered(root, run, netns, "36 20 0:50 / /run rw - fuse x rw"), true, "over its parent's root");
  assert.equal(covered(root, run, netns, "36 1 0:50 / /run rw - fuse x rw"), true);
  assert.equal(covered(root, run, netns, "36 35 0:50 / /run/netns/blue rw - fuse x rw"), true);
});

test("status, limits, passwd", () => {
  assert.equal(parseNsPid("Name:\tx\nNSpid:\t4121\t17\t1\n"), 1);
  assert.equal(parseNsPid("NSpid:\t4121\n"), null);
  assert.equal(
    parseFdLimit("Limit  Soft Limit\nMax open files            1024                 4096                 files\n"),
    1024,
  );
  assert.equal(parseFdLimit("Max open files            unlimited            unlimited            files\n"), null);
  assert.deepEqual(
    [...parseUsers("root:x:0:0::/root:/bin/sh\ntoor:x:0:0\nbad\nwww:x:33:33\n")],
    [
      [0, "root"],
      [33, "www"],
    ],
  );
});

test("system calls by number, and their fd", () => {
  assert.deepEqual(parseSyscall("45 0x7 0x7ffc 0x1 0x0 0x0 0x0 0x7 0x8", "x64"), { name: "recvfrom", fd: 7 });
  assert.deepEqual(parseSyscall("207 0xffffffff00000007 0x0 ", "arm64"), { name: "recvfrom", fd: 7 });
  assert.deepEqual(parseSyscall("202 0x55 0x80 ", "x64"), { name: "futex", fd: null });
  assert.deepEqual(parseSyscall("999 0x5 0x0 ", "x64"), { name: "syscall 999", fd: null });
  assert.equal(parseSyscall("running\n", "x64"), null);
  assert.equal(parseSyscall("-1 0x7ffc 0x0", "x64"), null);
});

test("threads that do the same are one group, silent for what is true of all", () => {
  const thread = (tid: number, inode: number) => ({
    tid,
    name: `exec-${tid}`,
    state: "S",
    wchan: "w",
    syscall: "recvfrom",
    waitsOn: { fd: tid, inode },
  });
  const row = (inode: number) => ({
    local: { addr: "10.0.0.1", port: 40_000 + inode },
    remote: { addr: "10.0.3.4", port: 5432 },
    state: "ESTABLISHED" as const,
    lastRcvMs: inode * 1000,
  });
  const idle = { tid: 99, name: "main", state: "S", wchan: null, syscall: "futex", waitsOn: null };
  const groups = groupThreads([idle, ...Array.from({ length: 12 }, (_, index) => thread(index + 1, 20 - index))], row);
  assert.equal(groups.length, 2);
  const [workers, main] = groups;
  assert.deepEqual([workers?.count, workers?.name, workers?.tids.length], [12, "exec-*", 10]);
  assert.deepEqual(
    [workers?.waitsFor?.remote?.port, workers?.waitsFor?.silentMs, workers?.waitsFor?.fd],
    [5432, 9000, 12],
  );
  assert.deepEqual([main?.count, main?.name, main?.waitsFor], [1, "main", null]);
});

test("what python3 and lsof say of sockets in no table", () => {
  const gone = parseClosedLine("5 10 6 9fcd7 4026531833 7 3 100 200 300 ::ffff:10.0.0.1/80 ::ffff:10.0.0.2/4711");
  assert.deepEqual(gone, [
    5,
    {
      protocol: "TCP",
      state: "CLOSE",
      segsIn: 3,
      cookie: "9fcd7",
      netns: 4026531833,
      local: { addr: "10.0.0.1", port: 80 },
      remote: { addr: "10.0.0.2", port: 4711 },
      lastSndMs: 100,
      lastRcvMs: 200,
      lastAckMs: 300,
    },
  ]);
  const never = parseClosedLine("5 2 6 1a 7 7 0 99999 99999 99999 0.0.0.0/0 -")?.[1];
  assert.deepEqual([never?.segsIn, never?.lastAckMs, never?.local, never?.remote], [0, null, null, null]);
  assert.deepEqual(parseClosedLine("5 -"), [5, UNTOLD]);
  const protocols = ["6 1", "7 10 17 1a -", "8 2 262 1b 4026531833", "9 40"].map(
    (line) => parseClosedLine(line)?.[1].protocol,
  );
  assert.deepEqual(protocols, ["UNIX", "UDP", "MPTCP", "VSOCK"]);
  for (const line of ["", "noise", "x 2", "1 2 3", "5 2 6 1a 7 7 0"]) assert.equal(parseClosedLine(line), null);
  const lsof = parseLsof(
    "p12\nf3\ntsock\ni77\nnprotocol: TCP\nf4\ntsock\ni78\nnprotocol: UDPv6\nf5\ntREG\ni79\nnprotocol: TCP\n",
  );
  assert.deepEqual(
    [...lsof].map(([inode, { protocol }]) => [inode, protocol]),
    [
      [77, "TCP"],
      [78, "UDP"],
    ],
  );
});

test("inodes of the other protocols' tables", () => {
  const parse = (name: string, text: string) => [...parseInodeColumn(name, text)];
  assert.deepEqual(
    parse(
      "unix",
      "Num RefCount Protocol Flags Type St Inode Path\n0000: 00000003 00000000 00000000 0001 03    41 /a b\n",
    ),
    [41],
  );
  assert.deepEqual(
    parse("netlink", "sk Eth\n0000 0   0          00000000 0        0        0     2        0        1590\n"),
    [1590],
  );
  assert.deepEqual(
    parse(
      "udp",
      "sl\n 5: 00000000:0044 00000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 812 2 0000 0\n",
    ),
    [812],
  );
});

test("lines of a text that comes in pieces, wherever it is cut", () => {
  const text = "one\n\nthree \u65e5\nlast";
  for (let cut = 0; cut <= text.length; cut++) {
    const lines: string[] = [];
    const cutter = new LineCutter();
    for (const piece of [text.slice(0, cut), text.slice(cut)]) cutter.cut(piece, (line) => lines.push(line));
    cutter.end((line) => lines.push(line));
    assert.deepEqual(lines, ["one", "", "three \u65e5", "last"]);
  }
  assert.deepEqual([...linesOf(text, { skip: 1 })], ["three \u65e5", "last"]);
});

test("a namespace without a TCP socket", () => {
  const four = "sockets: used 0\nTCP: inuse 0 orphan 3 tw 0 alloc 19902 mem 20172\nUDP: inuse 4 mem 0\n";
  const six = "TCP6: inuse 0\nUDP6: inuse 0\n";
  assert.equal(saysIdle(four, six), true);
  assert.equal(saysIdle(four, ""), true);
  assert.equal(saysIdle(four, "TCP6: inuse 1\n"), false);
  assert.equal(saysIdle(four.replace("inuse 0", "inuse 2"), six), false);
  assert.equal(saysIdle(four.replace("tw 0", "tw 1"), six), false);
  assert.equal(saysIdle("", ""), false);
});

test("CPU of children, behind any name", () => {
  const stat = `41 (a) S 1 (b) R ${Array.from({ length: 30 }, (_, index) => index).join(" ")}`;
  assert.equal(parseChildrenTicks(stat), 12 + 13);
  assert.equal(parseChildrenTicks(""), 0);
});
