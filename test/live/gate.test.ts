/** The gate over real commands: what leaks is found wherever it is in their family, and what does not leak passes. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { brief, gate, leaks, program, scratch } from "./gate/gate.ts";

const NAME = "python3 leaks.py";
const found = (kind: string, count = 3, processes = 1) => ({ kind, count, program: NAME, processes, fails: true });
const shell = (line: string) => ["sh", "-c", line];
const byKind = <T extends { readonly kind: string }>(all: readonly T[]) =>
  all.toSorted((a, b) => (a.kind < b.kind ? -1 : 1));

test("each kind, by grandchildren, 1.15 s before their exit", async () => {
  const kinds = ["eof-ignored", "eof-unread", "gone-unclosed", "never-accepted"];
  const { code, document, stderr } = await gate(
    [],
    ...shell(`${kinds.map((kind) => `${leaks(kind, "grandchild").join(" ")} &`).join("")} wait`),
  );
  assert.deepEqual(
    byKind(document.findings.map(brief)),
    kinds.map((kind) => found(kind)),
    stderr,
  );
  assert.ok(document.observed.complete, document.observed.why.join());
  assert.ok(document.findings.every((finding) => finding.exited === 3));
  assert.equal(code, 1);
});

test("on the connecting side, by a daemon that its command does not wait for, by one of another program, and by threads", async () => {
  const { code, document, stderr } = await gate(
    [],
    ...shell(
      [
        `${leaks("connect", "daemon").join(" ")};`,
        `${leaks("gone-unclosed", "exec").join(" ")} &`,
        `${leaks("eof-ignored", "threads", "1.15", "23").join(" ")} & wait`,
      ].join(" "),
    ),
  );
  assert.deepEqual(
    byKind(document.findings.map(brief)),
    [found("eof-ignored", 23), found("eof-unread"), found("gone-unclosed")],
    stderr,
  );
  assert.equal(document.findings.find(({ kind }) => kind === "eof-unread")?.side, "connect");
  assert.equal(code, 1);
});

test("what a daemon holds when the grace is over", async () => {
  const { code, document, stdout } = await gate(["--grace", "1500ms"], ...leaks("never-accepted", "stays"));
  process.kill(Number(stdout), "SIGKILL");
  assert.deepEqual(document.findings.map(brief), [found("never-accepted")]);
  assert.equal(document.findings[0]?.exited, 0);
  assert.equal(code, 1);
});

test("each of 32 that come one after the other, to an empty queue", async () => {
  const { document, stderr } = await gate(["--older-than", "100ms"], ...leaks("eof-ignored", "slowly", "0", "32"));
  assert.deepEqual(document.findings.map(brief), [found("eof-ignored", 32)], stderr);
});

test("3 of 1,000 short processes, and one that lives 50 ms", async () => {
  const thousand = await gate([], "python3", program("thousand.py"));
  const [only, ...more] = thousand.document.findings;
  assert.deepEqual([only?.kind, only?.count, only?.processes, more.length], ["eof-ignored", 3, 3, 0], thousand.stderr);
  assert.ok(thousand.document.totals.opened >= 2_000, `${thousand.document.totals.opened} connections counted`);
  assert.equal(thousand.code, 1);
  const short = await gate(["--older-than", "20ms"], ...leaks("eof-ignored", "grandchild", "0.05"));
  assert.deepEqual(short.document.findings.map(brief), [found("eof-ignored")], short.stderr);
});

test("no leak: established or unconnected at exit, closed late, young, and another's on the same host", async () => {
  const other = gate([], ...leaks("eof-ignored", "here"));
  const { code, document, stderr } = await gate(
    [],
    ...shell(
      [
        ...["established", "unconnected", "closed-late"].map((kind) => `${leaks(kind, "grandchild").join(" ")} &`),
        `${leaks("eof-ignored", "here", "0.6").join(" ")} & wait`,
      ].join(" "),
    ),
  );
  assert.deepEqual(document.findings.map(brief), [], stderr);
  assert.equal(code, 0, stderr);
  assert.match(stderr, /^sockleak: nothing leaked: \d+ connection ends seen, watched \d+\.\d s\n$/);
  assert.equal((await other).code, 1);
});

test("CPython closes at its exit what the program did not", async () => {
  const script = (last: string) =>
    `import socket, time
server = socket.create_server(("127.0.0.1", 0))
client = socket.create_connection(server.getsockname())
accepted, _ = server.accept()
client.close()
time.sleep(1.1)
${last}`;
  const left = await gate([], "python3", "-c", script(""));
  assert.deepEqual(
    left.document.findings.map(({ kind, fails }) => [kind, fails]),
    [["eof-unread", true]],
    left.stderr,
  );
  // In the background of a shell SIGINT is ignored.
  const background = await gate([], "sh", "-c", 'python3 -c "$1" & wait', "sh", script(""));
  assert.deepEqual(
    background.document.findings.map(({ kind, fails }) => [kind, fails]),
    [["eof-unread", true]],
    background.stderr,
  );
  const closed = await gate([], "python3", "-c", script("accepted.close()"));
  assert.deepEqual([closed.document.findings.length, closed.code], [0, 0], closed.stderr);
  const behind = await gate([], "sh", "-c", 'python3 -c "$1" & wait', "sh", script("accepted.close()"));
  assert.deepEqual([behind.document.findings.filter(({ fails }) => fails).length, behind.code], [0, 0], behind.stderr);
});

test("a baseline knows it from run to run, and a suppression for a reason", async () => {
  const [baseline, suppressions] = [
    scratch("baseline.json"),
    new URL("gate/suppressions.toml", import.meta.url).pathname,
  ];
  const command = leaks("eof-ignored", "here");
  const first = await gate(["--baseline", baseline, "--update-baseline"], ...command);
  assert.equal(first.code, 0, "written down as known");
  const second = await gate(["--baseline", baseline], ...command);
  assert.deepEqual([second.code, second.document.findings[0]?.excuse], [0, { by: "baseline" }], second.stderr);
  const third = await gate(["--suppressions", suppressions], ...command);
  assert.equal(third.code, 0, third.stderr);
  assert.match(third.stderr, /known: the test says so/);
  assert.match(third.stderr, /suppression that met nothing: kind no-holder/);
});
