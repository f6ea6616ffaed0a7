/** What `doctor --json` says of this machine is so. (That KERNELS expects these attachments is checked by the runner.) */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { release } from "node:os";
import { test } from "node:test";
import { doctor } from "./child.ts";

test("doctor names this kernel and this bpftrace, and what they have", () => {
  const version = /v(\d+\.\d+\.\d+)/.exec(execFileSync("bpftrace", ["--version"], { encoding: "utf8" }))?.[1];
  assert.equal(doctor.facts.kernel, release());
  assert.equal(doctor.facts.bpftrace?.version, version);
  assert.equal(doctor.facts.btf, true);
  assert.equal(doctor.facts.kprobes, true);
  assert.equal(doctor.facts.hostPidNamespace, true);
  const events = "/sys/kernel/tracing/events";
  for (const [name, there] of Object.entries(doctor.facts.tracepoints)) {
    const [category = "", event = ""] = name.split("/");
    assert.equal(there, readdirSync(`${events}/${category}`).includes(event), name);
  }
});

test("doctor uses the best attachment that works, and gives a reason for each that does not", () => {
  const works = doctor.attachments.filter(({ works }) => works === true);
  assert.equal(doctor.uses, works[0]?.attachment ?? null);
  for (const { attachment, works, reason } of doctor.attachments)
    assert.ok(works === true ? reason === null : reason !== null && reason.length > 10, `${attachment}: ${reason}`);
});
