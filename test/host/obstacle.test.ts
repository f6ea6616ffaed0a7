/** Every obstacle says what, value, why and the cure; the first to clear away comes first. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { readCapabilities } from "../../src/host/capabilities.ts";
import { findBlocker, findObstacles, renderObstacle } from "../../src/host/obstacle.ts";
import { type FakeMachine, fakeHost } from "./fake-host.ts";

async function capabilitiesOf(machine: FakeMachine) {
  return readCapabilities(fakeHost(machine));
}

const AS_USER = "Uid:\t1000\t1000\t1000\t1000\nCapEff:\t0000000000000000\n";
const ROOT_WITHOUT_CAPS = "Uid:\t0\t0\t0\t0\nCapEff:\t00000000a80425fb\n"; // docker's default set
const ROOT_WITH_BPF = "Uid:\t0\t0\t0\t0\nCapEff:\t000000c000000000\n"; // CAP_BPF and CAP_PERFMON

const BLOCKERS: readonly (readonly [machine: FakeMachine, text: string])[] = [
  [
    { files: { "/proc/sys/kernel/ostype": null } },
    "cannot trace: sockleak reads the Linux kernel (system unknown, no /proc)\nhint: run it on a Linux host, or read a recording made there: sockleak report FILE",
  ],
  [
    { files: { "/proc/self/status": AS_USER } },
    "cannot trace: bpftrace needs root (uid 1000)\nhint: run it with sudo, or read a recording: sockleak report FILE",
  ],
  [
    { files: { "/proc/self/status": ROOT_WITHOUT_CAPS } },
    "cannot trace: this root may not load probes (neither CAP_SYS_ADMIN nor CAP_BPF with CAP_PERFMON)\nhint: in a container: docker run --privileged --pid=host …, or --cap-add SYS_ADMIN --pid=host",
  ],
  [
    { links: { "/proc/self/ns/pid": "pid:[4026532201]" } },
    "cannot trace: process ids here are not the kernel's, so the wrong program would be named (not in the host's pid namespace)\nhint: run it on the host itself, or in a container started with --pid=host",
  ],
  [
    { programs: { bpftrace: null } },
    "cannot trace: bpftrace is not installed (no bpftrace in PATH)\nhint: install it: apt-get install bpftrace (dnf, zypper: install bpftrace; pacman -S bpftrace; apk add bpftrace)",
  ],
  [
    { programs: { bpftrace: "bpftrace v0.14.0" } },
    "cannot trace: bpftrace is too old (/usr/bin/bpftrace: 0.14.0)\nhint: install bpftrace 0.16.0 or newer (Debian 12, Ubuntu 23.04 and later have it)",
  ],
  [
    { programs: { bpftrace: "something else" } },
    'cannot trace: bpftrace does not tell its version (/usr/bin/bpftrace: "something else")\nhint: install bpftrace 0.16.0 or newer (Debian 12, Ubuntu 23.04 and later have it)',
  ],
  [
    { files: { "/proc/self/mounts": "proc /proc proc rw 0 0\n" } },
    "cannot trace: tracefs is not mounted (nothing at /sys/kernel/tracing)\nhint: mount -t tracefs tracefs /sys/kernel/tracing (in a container: mount the host's there)",
  ],
  [
    { programs: { setpriv: null } },
    "cannot trace: setpriv is not installed, without which a bpftrace could outlive sockleak (no setpriv in PATH)\nhint: install util-linux (apk add setpriv)",
  ],
  [
    { files: { "/sys/kernel/security/lockdown": "none integrity [confidentiality]\n" } },
    "cannot trace: the kernel lets no program read its memory (lockdown confidentiality)\nhint: boot with lockdown=integrity or without lockdown; it cannot be lowered while running",
  ],
];

for (const [machine, text] of BLOCKERS) {
  test(`blocks: ${text.split("\n")[0]}`, async () => {
    const blocker = findBlocker(await capabilitiesOf(machine));
    assert.equal(blocker && renderObstacle(blocker), text);
  });
}

test("nothing blocks where everything is there, or just enough", async () => {
  for (const machine of [
    {},
    { files: { "/proc/self/status": ROOT_WITH_BPF } },
    { files: { "/sys/kernel/security/lockdown": "none [integrity] confidentiality\n" } },
    { files: { "/sys/kernel/security/lockdown": null } },
    { programs: { bpftrace: "bpftrace v0.16.0-1build2" } },
    { files: { "/proc/self/mounts": "tracefs /sys/kernel/debug/tracing tracefs rw 0 0\n" } },
  ]) {
    assert.deepEqual(findObstacles(await capabilitiesOf(machine)), []);
  }
});

test("no BTF costs fentry and nothing else", async () => {
  const found = await capabilitiesOf({ files: { "/sys/kernel/btf/vmlinux": null } });
  assert.equal(findBlocker(found), null);
  const texts = findObstacles(found).map(renderObstacle);
  assert.equal(texts.length, 1);
  assert.match(
    texts[0] ?? "",
    /^cannot use fentry: the kernel has no BTF.*\nhint: boot a kernel built with CONFIG_DEBUG_INFO_BTF/,
  );
});

test("what to clear away first comes first", async () => {
  const found = await capabilitiesOf({
    files: { "/proc/self/status": AS_USER, "/proc/self/mounts": "", "/sys/kernel/btf/vmlinux": null },
    links: { "/proc/self/ns/pid": "pid:[4026532201]" },
    programs: { bpftrace: null },
  });
  const ids = findObstacles(found).map(({ id }) => id);
  assert.deepEqual(ids, ["not-root", "pid-namespace", "no-bpftrace", "no-tracefs", "no-btf"]);
});
