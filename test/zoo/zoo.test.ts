/**
 * Each program of the zoo reaches the state that its line in programs.ts shows, by ss and /proc. Python ones over IPv4,
 * IPv6 and v4-mapped, all once; some in a network namespace of their own. What this machine lacks is a skip with its reason.
 */
import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, type TestContext, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { whyNotBuild } from "./build.ts";
import { allHolders, inspect, type Row, readingFds, socketFds, socketRows, text, watchedFds } from "./kernel-view.ts";
import type { Address, Program, Shown } from "./program.ts";
import { programNamed, programs } from "./programs.ts";
import { type Running, type StartOptions, startZoo, ZooUnavailable } from "./start.ts";

const ADDRESSES: readonly Address[] = ["127.0.0.1", "::1", "::ffff:127.0.0.1"];

type Seen = { readonly program: Program; readonly zoo: Running; readonly options: StartOptions };

async function withZoo(t: TestContext, program: Program, options: StartOptions, look: (seen: Seen) => Promise<void>) {
  const why = process.getuid?.() === 0 ? whyNotBuild(program) : "needs root";
  if (why !== null) return t.skip(why);
  let zoo: Running;
  try {
    zoo = await startZoo(program.name, options);
  } catch (error) {
    if (error instanceof ZooUnavailable) return t.skip(error.message);
    throw error;
  }
  try {
    await look({ program, zoo, options });
  } finally {
    await zoo.stop();
  }
  assert.equal(text(`/proc/${zoo.pid}/cmdline`), "", `process ${zoo.pid} ended`); // an orphan may be a zombie for a moment
}

/**
 * The rows on the side that the table blames, at the address that was asked for: another program may have got the same port
 * of another address.
 */
async function rowsOf(seen: Seen, state?: string): Promise<readonly Row[]> {
  const { program, zoo, options } = seen;
  const ports = (zoo.info.ports as number[] | undefined) ?? [zoo.port];
  const end = program.expected.side === "accept" ? "local" : "remote";
  const rows = (await socketRows(options.netns)).filter(
    (row) => ports.includes(row[end].port) && row.state !== "LISTEN" && isAt(row[end].addr, seen),
  );
  return state === undefined ? rows : rows.filter((row) => row.state === state);
}

async function checkShown(seen: Seen): Promise<void> {
  const { shown } = seen.program;
  if (shown.rows === "gone" || shown.rows === "unconnected") return checkWithoutRows(seen);
  if (shown.rows === "none") {
    // Of churn some are on their way: none of them stays.
    const standing = await inodesOf(seen, "CLOSE-WAIT");
    if (standing.length > 0) await sleep(1000);
    const still = (await inodesOf(seen, "CLOSE-WAIT")).filter((inode) => standing.includes(inode));
    return assert.deepEqual(still, []);
  }
  const rows = await rowsOf(seen, shown.rows);
  checkCount(seen.program, rows.length);
  for (const row of rows) assert.equal(row.recvQ, shown.recvQ, `Recv-Q of ${row.local.port} from ${row.remote.port}`);
  if (seen.program.expected.moves !== "about") checkHolders(seen, rows, shown);
}

function checkCount({ expected }: Program, found: number): void {
  if (expected.moves === undefined) assert.equal(found, expected.count);
  else assert.ok(found >= expected.count - 5, `${found} rows of at least ${expected.count - 5}`);
}

function isAt(addr: string, { program, options }: Seen): boolean {
  const wanted = options.address ?? "127.0.0.1";
  const javaOwn = program.language === "java" && wanted === "127.0.0.1"; // its IPv4 sockets are AF_INET6 ones
  return program.name === "gone-keepalive" || addr === (javaOwn ? "::ffff:127.0.0.1" : wanted);
}

function checkHolders({ zoo }: Seen, rows: readonly Row[], { holder, processes = 1 }: Shown): void {
  const { byProcess, byThread } = allHolders();
  for (const { inode } of rows) {
    if (holder === "no-inode") {
      assert.equal(inode, 0);
      continue;
    }
    assert.notEqual(inode, 0);
    const pids = byProcess.get(inode) ?? new Set();
    assert.equal(pids.size, holder === "process" ? processes : 0, `processes that hold ${inode}: ${[...pids]}`);
    if (holder === "process") assert.ok(pids.has(zoo.pid), `${[...pids]} is ${zoo.pid}`);
    assert.equal(byThread.get(inode), holder === "thread" ? zoo.pid : undefined);
  }
}

/** The fds of TCP sockets that no table of ss has. */
async function checkWithoutRows({ program, zoo, options }: Seen): Promise<void> {
  const sockets = await inspect(zoo.pid);
  const inTables = new Set((await socketRows(options.netns)).map((row) => row.inode));
  const without = sockets.filter(({ protocol, inode }) => protocol.startsWith("TCP") && !inTables.has(inode));
  const neverConnected = without.filter(({ segsIn }) => segsIn === 0);
  const ofKind = (prefix: string) => sockets.filter(({ protocol }) => protocol.startsWith(prefix)).length;
  if (program.shown.rows === "unconnected") {
    assert.equal(neverConnected.length, program.count);
    assert.equal(without.length, program.count);
    assert.ok(ofKind("UDP") === program.count && ofKind("UNIX") >= program.count);
  } else {
    assert.equal(neverConnected.length, 0);
    checkCount(program, without.length);
  }
}

/** Programs that need more than a count: what moves, and what the threads and loops do. */
const more: Readonly<Record<string, (seen: Seen) => Promise<void>>> = {
  "never-accepted-reset": async ({ zoo, options }) => {
    const listener = (await socketRows(options.netns)).find((r) => r.local.port === zoo.port && r.state === "LISTEN");
    assert.equal(listener?.recvQ, 23);
  },
  "read-off": async (seen) => {
    const events = (await leakedFds(seen)).map((fd) => watchedFds(seen.zoo.pid).get(fd));
    assert.ok(
      events.every((mask) => mask !== undefined && (mask & 1) === 0),
      "in epoll, without EPOLLIN",
    );
  },
  "abandoned-node": async (seen) => {
    assert.ok(
      (await leakedFds(seen)).every((fd) => !watchedFds(seen.zoo.pid).has(fd)),
      "in no epoll",
    );
  },
  "workers-c": waitingWorkers,
  "workers-java": waitingWorkers,
  "half-close": stillSends,
  proxy: async (seen) => {
    await stillSends(seen);
    const back = (await socketRows(seen.options.netns)).filter((row) => row.state === "FIN-WAIT-2");
    assert.ok(
      back.filter((row) => socketInodes(seen).has(row.inode)).length >= 46,
      "clients, and the proxy's backend side",
    );
  },
  "slow-closer": async (seen) => {
    const before = await inodesOf(seen, "CLOSE-WAIT");
    await sleep(4000);
    const after = await inodesOf(seen, "CLOSE-WAIT");
    assert.ok(after.length >= 15 && after.every((inode) => !before.includes(inode)), "none is older than 4 s");
  },
  churn: async (seen) => {
    // Each connection of the last minute left a TIME-WAIT row.
    const past = async () =>
      (await socketRows()).filter((r) => r.state === "TIME-WAIT" && r.remote.port === seen.zoo.port);
    const [before, startMs] = [(await past()).length, performance.now()];
    await sleep(2000);
    const opened = (await past()).length - before;
    const perSecond = (opened * 1000) / (performance.now() - startMs);
    assert.ok(perSecond >= 100 && perSecond <= 300, `${perSecond} connections a second`);
    assert.ok(socketFds(seen.zoo.pid).size < 40, "fds stay few");
  },
  "connect-growing": async (seen) => {
    const before = (await rowsOf(seen, "CLOSE-WAIT")).length;
    await sleep(2000);
    assert.ok((await rowsOf(seen, "CLOSE-WAIT")).length >= before + 4);
  },
  "pool-growing": async (seen) => {
    const before = { rows: (await rowsOf(seen, "CLOSE-WAIT")).length, fds: socketFds(seen.zoo.pid).size };
    await sleep(3000);
    const after = { rows: (await rowsOf(seen, "CLOSE-WAIT")).length, fds: socketFds(seen.zoo.pid).size };
    assert.ok(before.rows > 0 && Math.abs(after.rows - before.rows) <= 12, `CLOSE-WAIT ${before.rows} → ${after.rows}`);
    assert.ok(after.fds >= before.fds + 12, `fds ${before.fds} → ${after.fds}`);
  },
  "connect-many-peers": async (seen) => {
    assert.equal(new Set((await rowsOf(seen, "CLOSE-WAIT")).map((row) => row.remote.port)).size, 23);
  },
  "held-exec": heldByCat,
  "held-fork-sibling": async ({ zoo }) => assert.notEqual(zoo.pid, zoo.info.opener),
  "held-scm": async ({ zoo }) => assert.notEqual(zoo.pid, zoo.info.opener),
  "held-exec-both": heldByCat,
  "io-uring": async (seen) => {
    const listed = text(`/proc/${seen.zoo.pid}/fdinfo/${seen.zoo.info.ringFd}`);
    for (const inode of await inodesOf(seen, "CLOSE-WAIT")) assert.ok(listed.includes(`socket:[${inode}]`), listed);
  },
  "leader-exited": async ({ zoo }) => assert.equal(socketFds(zoo.pid).size, 0),
  exited: async ({ zoo }) => assert.ok(!existsSync(`/proc/${zoo.info.exited}`)),
  "forged-comm": async ({ zoo }) => assert.equal(text(`/proc/${zoo.pid}/comm`), 'a",pid=1,fd=3\n'),
  "forged-cgroup": async ({ zoo }) => assert.match(text(`/proc/${zoo.pid}/cgroup`), /^0::.*\/x ino:1 sk:1$/m),
};

async function heldByCat({ zoo }: Seen): Promise<void> {
  assert.equal(text(`/proc/${zoo.pid}/comm`), "cat\n");
}

async function inodesOf(seen: Seen, state: string): Promise<readonly number[]> {
  return (await rowsOf(seen, state)).map((row) => row.inode);
}

function socketInodes({ zoo }: Seen): ReadonlySet<number> {
  return new Set(socketFds(zoo.pid).values());
}

async function leakedFds(seen: Seen): Promise<readonly number[]> {
  const inodes = await inodesOf(seen, "CLOSE-WAIT");
  const fds = [...socketFds(seen.zoo.pid)].filter(([, inode]) => inodes.includes(inode)).map(([fd]) => fd);
  assert.equal(fds.length, 23);
  return fds;
}

async function waitingWorkers({ zoo, options }: Seen): Promise<void> {
  const established = (await socketRows(options.netns)).filter((row) => row.state === "ESTAB").map((row) => row.inode);
  const fds = socketFds(zoo.pid);
  const waiting = readingFds(zoo.pid).filter((fd) => established.includes(fds.get(fd) ?? -1));
  assert.equal(waiting.length, 8, "threads that read from an ESTABLISHED socket");
}

async function stillSends(seen: Seen): Promise<void> {
  // The proxy's front and the half-close server send all the time.
  const rows = await rowsOf(seen, "CLOSE-WAIT");
  // ss leaves out what is 0: sent in this very millisecond.
  for (const { lastSndMs } of rows) assert.ok((lastSndMs ?? 0) < 1500, `last sent ${lastSndMs} ms ago`);
}

async function look(seen: Seen): Promise<void> {
  await checkShown(seen);
  await more[seen.program.name]?.(seen);
}

describe("the zoo", { concurrency: 8 }, () => {
  for (const program of programs)
    for (const address of program.language === "python" ? ADDRESSES : ADDRESSES.slice(0, 1))
      test(`${program.name} over ${address}`, (t) => withZoo(t, program, { address }, look));

  for (const name of ["ignored-c", "abandoned-node", "ignored-rust", "workers-java"])
    test(`${name} over ::1`, (t) => withZoo(t, programNamed(name), { address: "::1" }, look));

  test("in a network namespace of its own", async (t) => {
    if (process.getuid?.() !== 0) return t.skip("needs root");
    const netns = `zoo-${process.pid}`;
    execFileSync("ip", ["netns", "add", netns]);
    try {
      execFileSync("nsenter", [`--net=/run/netns/${netns}`, "ip", "link", "set", "lo", "up"]);
      for (const name of ["never-accepted", "ignored-python", "gone-keepalive", "io-uring"])
        await t.test(name, (inner) =>
          withZoo(inner, programNamed(name), { netns }, async (seen) => {
            await look(seen);
            const held = socketInodes(seen);
            assert.ok(held.size > 0);
            const here = (await socketRows()).filter(({ inode }) => held.has(inode));
            assert.equal(here.length, 0, "not in the host's namespace");
          }),
        );
    } finally {
      execFileSync("ip", ["netns", "del", netns]);
    }
  });

  for (const name of ["half-close", "proxy"])
    test(`${name} closes everything when its time is over`, (t) =>
      withZoo(t, programNamed(name), { args: ["2"] }, async (seen) => {
        await sleep(3500);
        assert.equal((await rowsOf(seen, "CLOSE-WAIT")).length, 0);
      }));

  test("programs and their children end when their starter is killed", async (t) => {
    const why = whyNotBuild(programNamed("unshared-fds")) ?? whyNotBuild(programNamed("prefork"));
    if (why !== null) return t.skip(why);
    const starter = `const { startZoo } = await import("${import.meta.dirname}/start.ts");
      const all = await Promise.all(["held-exec", "prefork", "unshared-fds"].map((name) => startZoo(name)));
      console.log(JSON.stringify(all.map(({ pid, info }) => [pid, info.opener ?? pid]).flat()));
      process.kill(process.pid, "SIGKILL");`;
    const argv = ["--import", "tsx", "--input-type=module", "-e", starter];
    const folder = mkdtempSync(join(tmpdir(), "zoo-orphans-")); // what it built stays: it was killed
    const env = { ...process.env, TMPDIR: folder };
    const { stdout } = spawnSync(process.execPath, argv, { encoding: "utf8", env });
    rmSync(folder, { recursive: true, force: true });
    const pids = JSON.parse(stdout) as number[];
    assert.equal(pids.length, 6);
    await sleep(1000);
    assert.deepEqual(pids.map((pid) => text(`/proc/${pid}/cmdline`)).filter(Boolean), []);
  });

  test("a language that is missing is said, by name", () => {
    const path = process.env.PATH;
    process.env.PATH = "/nowhere";
    try {
      assert.equal(whyNotBuild(programNamed("ignored-java")), "cannot build: no javac");
      assert.equal(whyNotBuild(programNamed("ignored-rust")), "cannot build: no rustc");
      assert.equal(whyNotBuild(programNamed("ignored-python")), "cannot run: no python3");
      assert.equal(whyNotBuild(programNamed("ignored-node")), null);
    } finally {
      process.env.PATH = path;
    }
  });

  test("names are unique", () => assert.equal(new Set(programs.map(({ name }) => name)).size, programs.length));
});
