/** The census of a host that does not mean it well, or changes under its eyes. As root. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { Census } from "../../../src/host/census/census.ts";
import { localHost } from "../../../src/host/local.ts";
import { openPlace } from "../open-place.ts";
import { hold } from "./holder.ts";
import { census, clockUs, namespace, of, socketOf, tool } from "./rounds.ts";

const skip = process.getuid?.() === 0 ? false : "needs root";
const PROGRAM = new URL("./one-round.ts", import.meta.url).pathname;
const NOBODY = [
  ...openPlace(),
  "setpriv",
  "--reuid=65534",
  "--regid=65534",
  "--clear-groups",
  "--inh-caps=-all",
  "--bounding-set=-all",
];
const ALONE = ["unshare", "--mount", "--propagation", "private", "--"];

type Told = {
  sockets: { inode: number; state: string; holders: { pid: number }[]; noHolder: string | null }[];
  why: string[];
};

/** A round in a program of its own, started by `before`: what it says of these sockets. */
function roundOf(before: readonly string[], inodes: readonly number[]): Told {
  const [program = "", ...rest] = [...before, process.execPath, "--import", "tsx", PROGRAM, ...inodes.map(String)];
  return JSON.parse(execFileSync(program, rest, { encoding: "utf8", timeout: 60_000 }));
}

test("without root: own sockets are seen, what may not be seen is counted, and nobody is blamed", {
  skip,
}, async (t) => {
  const others = await hold<{ inode: number }>(t, ["named", "hidden"]);
  const own = await hold<{ inode: number }>(t, ["named", "shown"], NOBODY);
  const { sockets, why } = roundOf(NOBODY, [others.told.inode, own.told.inode]);
  const [hidden, shown] = sockets;
  assert.deepEqual([hidden?.state, hidden?.holders, hidden?.noHolder], ["CLOSE_WAIT", [], "hidden"]);
  assert.deepEqual(
    shown?.holders.map(({ pid }) => pid),
    [own.told.pid],
  );
  assert.match(why.join("\n"), /fds of \d+ processes \(\S+ 1, .* and others\) may not be read/);
  assert.match(why.join("\n"), /the network namespace of \d+ processes \(\S+ 1, .* and others\) may not be looked at/);
});

test("/proc that hides the processes of others", { skip }, async (t) => {
  const others = await hold<{ inode: number }>(t, ["named", "hidden"]);
  const own = await hold<{ inode: number }>(t, ["named", "shown"], NOBODY);
  const hide = ["sh", "-c", 'mount -t proc -o hidepid=2 proc /proc && exec "$@"', "sh"];
  const { sockets, why } = roundOf([...ALONE, ...hide, ...NOBODY], [others.told.inode, own.told.inode]);
  const [hidden, shown] = sockets;
  assert.deepEqual([hidden?.state, hidden?.holders, hidden?.noHolder], ["CLOSE_WAIT", [], "hidden"]);
  assert.deepEqual(
    shown?.holders.map(({ pid }) => pid),
    [own.told.pid],
  );
  assert.match(why.join("\n"), /hides the processes of other users \(hidepid\)/);
});

test("a name and arguments of any bytes, with secrets in them and in the environment", { skip }, async (t) => {
  const secret = "hunter2-hunter2";
  const long = "A".repeat(100_000);
  const args = [
    "hostile",
    `--password=${secret}`,
    "--token",
    secret,
    "\n\u001b[2J",
    `postgres://bob:${secret}@db/x`,
    long,
  ];
  const { told } = await hold<{ inode: number }>(t, args, ["env", `DB_PASSWORD=${secret}`]);
  const round = await census(t).round("full");
  assert.deepEqual(
    socketOf(round, told.inode)?.holders.map(({ pid }) => pid),
    [told.pid],
  );
  const process_ = of(round, "process").find(({ pid }) => pid === told.pid);
  assert.equal(process_?.comm, '\u001b[2J\n\ufffd"{}');
  assert.deepEqual(process_?.args.slice(3, -1), [
    "--password=***",
    "--token",
    "***",
    "\n\u001b[2J",
    "postgres://***@db/x",
  ]);
  assert.ok((process_?.args.at(-1) ?? "").length < 10_000);
  assert.ok(!JSON.stringify(round).includes(secret));
});

test("no environment is read", () => {
  const folder = new URL("../../../src/host/census/", import.meta.url);
  for (const name of readdirSync(folder))
    assert.doesNotMatch(readFileSync(new URL(name, folder), "utf8"), /environ\b/, name);
});

test("nothing of a process's own mount namespace is executed or opened", { skip }, async (t) => {
  const scratch = mkdtempSync(join(tmpdir(), "sockleak-root-"));
  t.after(() => rmSync(scratch, { recursive: true }));
  writeFileSync(join(scratch, "trap"), `#!/bin/sh\ntouch ${scratch}/sprung\nexec sleep 1000\n`, { mode: 0o755 });
  writeFileSync(join(scratch, "passwd"), "mallory:x:0:0::/:/bin/sh\n");
  tool("mkfifo", join(scratch, "fifo"));
  const traps = [
    'cd "$0"; shift 0',
    "for f in /usr/bin/ss /usr/bin/lsof /usr/bin/nsenter; do [ -e $f ] && mount --bind trap $f; done",
    "mount --bind passwd /etc/passwd; mount --bind fifo /etc/hostname",
    'exec "$@"',
  ].join("; ");
  const before = ["unshare", "--mount", "--net", "--propagation", "private", "--", "sh", "-c", `${traps}`, scratch];
  const { told } = await hold<{ inode: number }>(
    t,
    ["many", "3"],
    [...before.slice(0, -2), `ip link set lo up; ${traps}`, scratch],
  );
  const round = await census(t).round("full");
  const ours = of(round, "census").filter(({ holders }) => holders.some(({ pid }) => pid === told.pid));
  assert.equal(ours.filter(({ state }) => state === "CLOSE_WAIT").length, 3);
  assert.equal(of(round, "process").find(({ pid }) => pid === told.pid)?.user, "root");
  assert.ok(!readdirSync(scratch).includes("sprung"));
});

test("a namespace's mount covered by a file system that never answers", { skip }, async (t) => {
  const { name } = namespace(t);
  const scratch = mkdtempSync(join(tmpdir(), "sockleak-fuse-"));
  t.after(() => rmSync(scratch, { recursive: true }));
  const inode = statSync(`/run/netns/${name}`).ino;
  writeFileSync(join(scratch, "ns"), "");
  // The other way in is taken away, and a FUSE that answers nothing is laid over the folder of the mount that is left.
  const silent = new URL("./silent-fuse.py", import.meta.url).pathname;
  const lay = `mount --bind /run/netns/${name} ${scratch}/ns && umount -l /run/netns/${name} && exec /usr/bin/python3 ${silent} ${scratch} "$@"`;
  const { why } = roundOf([...ALONE, "sh", "-c", lay, "sh"], []);
  assert.match(why.join("\n"), new RegExp(`netns ${inode}: its mount is covered by another`));
});

test("another namespace put under the same name while ss looks: its sockets are not taken for the first one's", {
  skip,
}, async (t) => {
  const one = namespace(t);
  const other = namespace(t);
  const { told } = await hold<{ inode: number }>(t, ["abroad", `/run/netns/${one.name}`]);
  let looks = 0;
  const host = {
    ...localHost,
    identify: async (path: string) => {
      const found = await localHost.identify(path);
      if (path === `/run/netns/${one.name}` && ++looks === 1) {
        tool("umount", path);
        tool("mount", "--bind", `/run/netns/${other.name}`, path);
      }
      return found;
    },
  };
  const round = await new Census({ host, clockUs }).round("full");
  const end = of(round, "round")[0];
  assert.equal(looks, 2);
  assert.equal(socketOf(round, told.inode), undefined);
  assert.ok(!end?.netns.includes(one.inode));
  assert.match(end?.why.join("\n") ?? "", new RegExp(`netns ${one.inode}: it vanished meanwhile`));
});

test("a socket of a namespace that no process is in, among many empty ones, with few programs", { skip }, async (t) => {
  const many = Array.from({ length: 12 }, () => namespace(t));
  const [one = many[0] ?? assert.fail()] = many;
  const { told } = await hold<{ inode: number }>(t, ["abroad", `/run/netns/${one.name}`]);
  let entered: readonly string[] = [];
  const host = {
    ...localHost,
    run: (argv: readonly string[], options: Parameters<typeof localHost.run>[1]) => {
      entered = [
        ...entered,
        ...many.map(({ name }) => name).filter((name) => argv.includes(`--net=/run/netns/${name}`)),
      ];
      return localHost.run(argv, options);
    },
  };
  // The census of a test that runs beside this one enters these namespaces, too, and has a program in one for a moment.
  const tries: string[] = [];
  for (let left = 10; left > 0 && tries.at(-1) !== `full 12 ${one.name}, close-wait 1 ${one.name}`; left--) {
    const watch = new Census({ host, clockUs });
    const looks: string[] = [];
    for (const scope of ["full", "close-wait"] as const) {
      entered = [];
      const round = await watch.round(scope);
      const socket = socketOf(round, told.inode);
      assert.deepEqual([socket?.netns, socket?.holders[0]?.pid], [one.inode, told.pid], scope);
      const { netns = [] } = of(round, "round")[0] ?? {};
      const looked = many.filter(({ inode }) => netns.includes(inode)).length;
      looks.push(`${scope} ${looked} ${[...new Set(entered)].sort().join(" ")}`);
    }
    tries.push(looks.join(", "));
  }
  assert.equal(tries.at(-1), `full 12 ${one.name}, close-wait 1 ${one.name}`);
});

test("namespaces and processes that come and go while being read: no rejection, no wrong owner", {
  skip,
}, async (t) => {
  const { told } = await hold<{ inode: number }>(t, ["named", "stays"]);
  const watch = census(t);
  const churn = localHost.run([
    "sh",
    "-c",
    "i=0; while [ $i -lt 200 ]; do unshare --net /usr/bin/true & i=$((i+1)); done; wait",
  ]);
  let over = false;
  void churn.then(() => {
    over = true;
  });
  for (let rounds = 0; rounds < 3 || !over; rounds++) {
    const round = await watch.round(rounds % 2 === 0 ? "full" : "close-wait");
    assert.deepEqual(
      socketOf(round, told.inode)?.holders.map(({ pid }) => pid),
      [told.pid],
    );
  }
});
