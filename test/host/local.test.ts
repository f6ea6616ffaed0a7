/** The port to this very machine. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { localHost } from "../../src/host/local.ts";
import { resolveNetns } from "../../src/host/netns.ts";

const scratch = mkdtempSync(join(tmpdir(), "sockleak-host-"));
after(() => rmSync(scratch, { recursive: true }));

test("run: code, stdout, stderr, and no shell", async () => {
  const result = await localHost.run(["sh", "-c", 'echo "$1"; echo bad >&2; exit 7', "sh", "$(id); *"]);
  assert.deepEqual(result, { code: 7, signal: null, stdout: "$(id); *\n", stderr: "bad\n", failure: null });
});

test("run: what is not there, cannot run, or is nothing", async () => {
  assert.equal((await localHost.run([join(scratch, "none")])).failure, "not found");
  assert.equal((await localHost.run([scratch])).failure, "EACCES");
  assert.equal((await localHost.run([])).failure, "no program");
});

test("run: killed at its time limit, with what it had said, though a child of it holds the pipe", async () => {
  const started = Date.now();
  const result = await localHost.run(["sh", "-c", "echo early; sleep 5 & sleep 5"], { timeoutMs: 200 });
  assert.equal(result.failure, "timed out after 200 ms");
  assert.equal(result.stdout, "early\n");
  assert.equal(result.code, null);
  assert.ok(Date.now() - started < 3_000);
});

test("run: killed at its size limit, with that much", async () => {
  const result = await localHost.run(["yes"], { maxBytes: 1_000 });
  assert.equal(result.failure, "more than 1000 bytes of output");
  assert.equal(result.stdout.length, 1_000);
});

test("run: what is printed handed over piece by piece, whole characters, others get their turn between", async () => {
  const pieces: string[] = [];
  let turns = 0;
  const turn = setInterval(() => turns++, 0);
  const onStdout = (piece: string) => pieces.push(piece);
  const result = await localHost.run(["sh", "-c", "yes \u65e5 | head -c 4000000; exit 3"], { onStdout });
  clearInterval(turn);
  assert.deepEqual([result.code, result.stdout, result.failure], [3, "", null]);
  assert.equal(pieces.join(""), "\u65e5\n".repeat(1_000_000));
  assert.ok(pieces.length > 10 && turns > 0);
  const cut = await localHost.run(["yes"], { onStdout, maxBytes: 1_000_000 });
  assert.equal(cut.failure, "more than 1000000 bytes of output");
});

test("readFile: files of /proc, limits, a FIFO without a writer, nothing", { timeout: 5_000 }, async () => {
  assert.match(await localHost.readFile("/proc/self/status"), /^Name:/);
  writeFileSync(join(scratch, "long"), "x".repeat(100_000));
  assert.equal((await localHost.readFile(join(scratch, "long"), 70_000)).length, 70_000);
  await localHost.run(["mkfifo", join(scratch, "fifo")]);
  assert.equal(await localHost.readFile(join(scratch, "fifo")), "");
  await assert.rejects(localHost.readFile(join(scratch, "none")), { code: "ENOENT" });
});

test("which finds programs and not directories", async () => {
  assert.match((await localHost.which("sh")) ?? "", /^\/.*\/sh$/);
  assert.equal(await localHost.which("sockleak-no-such-program"), null);
});

test("identify tells namespaces from files", async () => {
  const own = await localHost.identify("/proc/self/ns/net");
  assert.equal(`net:[${own.inode}]`, await localHost.readLink("/proc/self/ns/net"));
  assert.equal(own.isNamespace, true);
  assert.deepEqual(await localHost.identify(scratch), { inode: statSync(scratch).ino, isNamespace: false });
});

test("a real namespace by path and by pid", async () => {
  const { inode } = await localHost.identify("/proc/self/ns/net");
  for (const path of ["/proc/self/ns/net", `/proc/${process.pid}/ns/net`]) {
    assert.deepEqual(await resolveNetns(localHost, { by: "file", path, text: path }), { ok: true, inode });
  }
});
