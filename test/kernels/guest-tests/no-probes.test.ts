/**
 * Hosts on which nothing can be traced, made of this one for a moment: `trace` ends with 3, the reason and the cure, and `list`
 * looks all the same. (One more, lockdown, cannot be taken back: for-good/lockdown.test.ts.)
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { FindingsDocument } from "../../../src/analysis/findings-document.ts";
import { outputOf, startSockleakThrough } from "./child.ts";

type Host = {
  readonly name: string;
  /** Runs sockleak there. */
  readonly through: readonly string[];
  readonly reason: RegExp;
  readonly cure: RegExp;
  /** What `list` says that it cannot see there. */
  readonly unseen?: RegExp;
  /** bpftrace may have another way there: then it traces. */
  readonly mayTrace?: true;
};

const HOSTS: readonly Host[] = [
  {
    name: "no BTF",
    through: changed("mount -t tmpfs tmpfs /sys/kernel/btf"),
    // Each attachment's own reason, as bpftrace gives it.
    reason:
      /^cannot trace: no way to attach probes works here\n {2}fentry: .{10,}\n {2}kprobe: .{10,}\n {2}tracepoint: .{10,}\n/,
    cure: /boot a kernel built with CONFIG_DEBUG_INFO_BTF/,
    // 0.17 asks the kernel itself where the file is hidden. (A kernel without BTF refuses that, too; Debian has none.)
    mayTrace: true,
  },
  {
    name: "no tracefs",
    through: changed("umount -R -l /sys/kernel/tracing /sys/kernel/debug"),
    reason: /^cannot trace: tracefs is not mounted \(nothing at \/sys\/kernel\/tracing\)\n/,
    cure: /mount -t tracefs tracefs \/sys\/kernel\/tracing/,
  },
  {
    name: "a pid namespace of its own",
    through: ["unshare", "--pid", "--fork", "--mount", "--mount-proc", "--cgroup"],
    reason: /^cannot trace: .*process ids here are not the kernel's.*\n/,
    cure: /run it on the host itself, or in a container started with --pid=host/,
    unseen: /processes outside this pid namespace are not seen/,
  },
  {
    name: "no capabilities",
    through: ["setpriv", "--bounding-set", "-all", "--inh-caps", "-all"],
    reason: /^cannot trace: this root may not load probes \(neither CAP_SYS_ADMIN nor CAP_BPF with CAP_PERFMON\)\n/,
    cure: /docker run --privileged --pid=host/,
    unseen: /may not be read/,
  },
];

for (const { name, through, reason, cure, unseen, mayTrace } of HOSTS) {
  test(`${name}: trace ends with 3, the reason and the cure, and list looks all the same`, async (t) => {
    const trace = await outputOf(startSockleakThrough(through, ["trace", "--json", "--for", "1s"]));
    if (mayTrace && trace.code === 0) {
      assert.match(trace.stdout, /"attachment":"(?!census)\w+"/);
      t.diagnostic("it traces all the same");
    } else {
      assert.equal(trace.code, 3, trace.stderr);
      assert.match(trace.stderr, reason);
      assert.match(hintOf(trace.stderr), cure);
    }
    const list = await outputOf(startSockleakThrough(through, ["list", "--json"]));
    assert.equal(list.code, 0, list.stderr);
    const { observed } = JSON.parse(list.stdout) as FindingsDocument;
    assert.equal(observed.attachment, "census");
    if (unseen === undefined) return;
    assert.equal(observed.complete, false);
    assert.match(observed.why.join("\n"), unseen);
  });
}

/** In a mount namespace, which goes with it. */
function changed(command: string): readonly string[] {
  return ["unshare", "--mount", "sh", "-c", `${command} && exec "$@"`, "sh"];
}

function hintOf(stderr: string): string {
  return /^hint: (.*)$/m.exec(stderr)?.[1] ?? `no hint: ${stderr}`;
}
