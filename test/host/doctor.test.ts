import assert from "node:assert/strict";
import { test } from "node:test";
import { doctor } from "../../src/commands/doctor.ts";
import { fakeHost } from "./fake-host.ts";

const OLD_PIECES = "stdin:1:1-16: ERROR: kfunc/kretfunc not available for your kernel version.\nkfunc:tcp_close {}";

const MEMORY = { kernelBytes: 96_400_000, bpftraceBytes: 12_000_000 };

async function onlyTracepoints(attachment: string) {
  return attachment === "tracepoint"
    ? ({ ok: true, ms: 512.4, memory: MEMORY } as const)
    : ({ ok: false, reason: OLD_PIECES, ms: 80 } as const);
}

const refuseAll = async () => ({ ok: false, reason: "Operation not permitted", ms: 80 }) as const;
const mustNotTry = async () => assert.fail("tried to attach");

test("one attachment works: which, and the kernel's own reason why the others do not", async () => {
  const { text, code } = await doctor({ json: false, host: fakeHost(), tryAttach: onlyTracepoints });
  assert.equal(code, 0);
  assert.match(text, /^kernel {9}6\.12\.9-amd64$/m);
  assert.match(text, /^lockdown {7}none$/m);
  assert.match(text, /^bpftrace {7}0\.23\.2 \(\/usr\/bin\/bpftrace\)$/m);
  assert.match(text, /^ {2}fentry {9}does not work:\n {19}stdin:1:1-16: ERROR: kfunc.*\n {19}kfunc:tcp_close \{\}$/m);
  assert.match(text, /^ {2}tracepoint {5}works \(attached in 512 ms\), used$/m);
  assert.match(
    text,
    /^lean mode {6}works, 131,072 sockets at most: \d+ MB in all \(kernel 96, bpftrace 12, sockleak \d+\)$/m,
  );
  assert.match(text, /\nthis machine can trace, with tracepoint probes: sockleak top\n$/);
});

test("the first that works is used", async () => {
  const { text } = await doctor({
    json: true,
    host: fakeHost(),
    tryAttach: async () => ({ ok: true, ms: 1, memory: MEMORY }),
  });
  assert.equal(JSON.parse(text).uses, "fentry");
});

test("none works: exit 3 and what to do", async () => {
  const { text, code } = await doctor({ json: false, host: fakeHost(), tryAttach: refuseAll });
  assert.equal(code, 3);
  assert.match(text, /\ncannot trace: no attachment works \(reasons above\)\nhint: boot a kernel with CONFIG_KPROBES/);
});

test("something blocks: nothing is tried, the cure is named, in text and JSON", async () => {
  const host = fakeHost({ programs: { bpftrace: null } });
  const { text, code } = await doctor({ json: false, host, tryAttach: mustNotTry });
  assert.equal(code, 3);
  assert.match(text, /^ {2}kprobe {9}not tried: bpftrace is not installed$/m);
  assert.match(text, /\ncannot trace: bpftrace is not installed .*\nhint: install it/);
  const json = JSON.parse((await doctor({ json: true, host, tryAttach: mustNotTry })).text);
  assert.equal(json.schema, 1);
  assert.equal(json.facts.bpftrace, null);
  assert.equal(json.obstacles[0].id, "no-bpftrace");
  assert.deepEqual(json.attachments[0], {
    attachment: "fentry",
    works: null,
    ms: null,
    reason: "bpftrace is not installed",
  });
});

test("no BTF is said though tracing works", async () => {
  const host = fakeHost({ files: { "/sys/kernel/btf/vmlinux": null } });
  const { text, code } = await doctor({ json: false, host, tryAttach: onlyTracepoints });
  assert.equal(code, 0);
  assert.match(text, /cannot use fentry: the kernel has no BTF.*\nhint: .*\nthis machine can trace/);
});
