import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { failureReason } from "../../src/source/attach.ts";
import { nextOf } from "../../src/source/live.ts";
import { scriptFile, withLock, withoutMissing } from "../../src/source/script.ts";

const text = readFileSync(scriptFile("tracepoint"), "utf8");

test("an optional block goes where its tracepoint is missing, and nothing else does", () => {
  assert.equal(
    withoutMissing(text, () => true),
    text,
  );
  const without = withoutMissing(text, () => false);
  assert.ok(!without.includes("sock_recv_length\n"));
  const probes = (script: string) =>
    [...script.matchAll(/^(?:tracepoint|interval):\S+/gm)].map(([probe]) => probe.replace(/,$/, ""));
  assert.deepEqual(
    probes(without),
    probes(text).filter((probe) => probe !== "tracepoint:sock:sock_recv_length"),
  );
});

const STDERR: readonly [string, string, string][] = [
  [
    "the harmless line of a machine that may not raise its memory limit",
    "ERROR: Unknown error -1: couldn't set RLIMIT_MEMLOCK for bpftrace.\ncreate_probe_event: open(/x): No such file or directory\nERROR: Error attaching probe: 'kretprobe:inet_csk_accept'\n",
    "create_probe_event: open(/x): No such file or directory; Error attaching probe: 'kretprobe:inet_csk_accept'",
  ],
  ["a place in the script", "/a/b/full-kprobe.bt:63-65: ERROR: kprobe: no\n", "kprobe: no"],
  ["nothing", "", "bpftrace said nothing (exit code 1)"],
];
for (const [name, stderr, expected] of STDERR) {
  test(`a reason leaves out ${name}`, () => {
    assert.equal(failureReason({ code: 1, signal: null, stderr }), expected);
  });
}

test("the lock of a socket: both kernels' names for who owns it", () => {
  assert.equal(withLock(text, false), text);
  const typed = withLock(text, true);
  const tests = (of: string, field: string) =>
    of.split("\n").filter((line) => new RegExp(`^ .*if .*${field}`).test(line));
  assert.equal(tests(text, "sk_lock.owned").length, 1);
  assert.equal(tests(typed, "sk_lock.owned").length, 0);
  assert.equal(tests(typed, "sk_lock.combined").length, 1);
});

test("the attachment after one that crashed", () => {
  assert.equal(nextOf("fentry", ["fentry", "kprobe", "tracepoint"]), "kprobe");
  assert.equal(nextOf("tracepoint", ["fentry", "kprobe", "tracepoint"]), "fentry");
  assert.equal(nextOf("tracepoint", ["tracepoint"]), "tracepoint");
  assert.equal(nextOf("fentry", []), "fentry");
});
