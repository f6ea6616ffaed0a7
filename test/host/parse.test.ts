import assert from "node:assert/strict";
import { test } from "node:test";
import { isOlder, parseBpftraceVersion, type Version } from "../../src/host/bpftrace-version.ts";
import { parseLockdown, parseTracefs } from "../../src/host/capabilities.ts";
import { parseNetns, resolveNetns } from "../../src/host/netns.ts";
import { mayLoadProbes, parseRights } from "../../src/host/rights.ts";
import { fakeHost } from "./fake-host.ts";

const VERSIONS: readonly (readonly [text: string, version: Version | null])[] = [
  ["bpftrace v0.17.0", [0, 17, 0]],
  ["bpftrace v0.23.2\n", [0, 23, 2]],
  ["bpftrace v0.20.2-1ubuntu4.3", [0, 20, 2]],
  ["bpftrace v0.27.0-dirty", [0, 27, 0]],
  ["bpftrace 0.21", [0, 21, 0]],
  ["bpftrace v1.0.0", [1, 0, 0]],
  ["", null],
  ["bpftool v7.4.0", null],
  ["bpftrace vX.Y", null],
];

for (const [text, version] of VERSIONS) {
  test(`version of ${JSON.stringify(text)}`, () => assert.deepEqual(parseBpftraceVersion(text), version));
}

test("older is decided part by part", () => {
  assert.equal(isOlder([0, 9, 9], [0, 16, 0]), true);
  assert.equal(isOlder([0, 16, 0], [0, 16, 0]), false);
  assert.equal(isOlder([1, 0, 0], [0, 16, 0]), false);
  assert.equal(isOlder([0, 16, 0], [0, 16, 1]), true);
});

test("lockdown, as the kernel prints it", () => {
  assert.equal(parseLockdown("[none] integrity confidentiality\n"), "none");
  assert.equal(parseLockdown("none [integrity] confidentiality\n"), "integrity");
  assert.equal(parseLockdown(""), null);
});

test("tracefs counts only where bpftrace looks", () => {
  assert.equal(parseTracefs("tracefs /mnt tracefs rw 0 0\n"), null);
  assert.equal(parseTracefs("tmpfs /sys/kernel/tracing tmpfs rw 0 0\n"), null);
  assert.equal(parseTracefs("nodev /sys/kernel/debug/tracing tracefs rw 0 0\n"), "/sys/kernel/debug/tracing");
});

test("rights: the effective uid and capabilities", () => {
  const sudo = parseRights("Uid:\t1000\t0\t0\t0\nCapEff:\t0000000000200000\n");
  assert.equal(sudo.euid, 0);
  assert.equal(sudo.capabilities.sysAdmin, true);
  assert.equal(mayLoadProbes(sudo), true);
  assert.equal(mayLoadProbes(parseRights("Uid:\t0\t0\t0\t0\nCapEff:\t0000008000000000\n")), false, "CAP_BPF alone");
  assert.equal(parseRights("").euid, null);
});

const NETNS = fakeHost({
  files: { "/tmp/plain": "" },
  namespaces: { "/proc/4121/ns/net": 4026532301, "/run/netns/blue": 4026532302, "/var/x": 4026532303 },
});

const REFS: readonly (readonly [text: string, inode: number | RegExp])[] = [
  ["4026531840", 4026531840],
  ["pid:4121", 4026532301],
  ["blue", 4026532302],
  ["/var/x", 4026532303],
  ["pid:4122", /^--netns "pid:4122": there is no such process$/],
  ["green", /^--netns "green": there is no \/run\/netns\/green$/],
  ["/tmp/plain", /^--netns "\/tmp\/plain": \/tmp\/plain is not a namespace$/],
  ["pid:x", /^--netns "pid:x": a pid lies between 1 and 4194304$/],
  ["pid:0", /a pid lies between/],
  ["pid:-1", /a pid lies between/],
  ["0", /^--netns "0": an inode lies between 1 and 4294967295$/],
  ["99999999999", /an inode lies between/],
  ["", /it is none of the four forms/],
  ["..", /it is none of the four forms/],
  ["a/b", /it is none of the four forms/],
  ["a\0b", /it is none of the four forms/],
];

for (const [text, expected] of REFS) {
  test(`--netns ${JSON.stringify(text)}`, async () => {
    const parsed = parseNetns(text);
    const found = parsed.ok ? await resolveNetns(NETNS, parsed.ref) : parsed;
    if (typeof expected === "number") return assert.deepEqual(found, { ok: true, inode: expected });
    assert.equal(found.ok, false);
    assert.match(found.error, expected);
    assert.match(found.hint, /^give an inode .* a path .* a name .* or a process/);
  });
}
