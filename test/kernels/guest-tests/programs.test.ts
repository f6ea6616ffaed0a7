/**
 * A program like others and some that are not (odd/), under one `trace` and one `list`. sockleak itself is not where it usually is, either:
 * in a mount and a cgroup namespace of its own, on a kernel that hides its addresses (kptr_restrict=2).
 */
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { type TestContext, test } from "node:test";
import type { FindingsDocument } from "../../../src/analysis/findings-document.ts";
import { doctor, Program } from "./child.ts";
import { foundOf, watched } from "./list.ts";
import { container } from "./odd/container.ts";
import { fastOpen } from "./odd/fast-open.ts";
import { ktls } from "./odd/ktls.ts";
import { mptcp } from "./odd/mptcp.ts";
import { namespaces } from "./odd/namespaces.ts";
import { type Oddity, pidOf } from "./odd/oddity.ts";
import { ordinary } from "./odd/ordinary.ts";
import { thirtyTwoBit } from "./odd/thirty-two-bit.ts";
import { type Leak, type Owned, ownedBy, Trace } from "./trace.ts";

type Answer = Leak & Readonly<Record<string, unknown>>;
type Running = {
  readonly program: Program<Answer | { cannot: string }>;
  readonly answer: Answer;
  readonly pid: number;
};

const ODDITIES: readonly Oddity[] = [ordinary, thirtyTwoBit, namespaces, container, fastOpen, ktls, mptcp];
const LEAKED = 23;

test("programs, ordinary and odd, by trace --json and list --json", {
  skip: doctor.uses === null && "no attachment works",
}, async (t) => {
  writeFileSync("/proc/sys/kernel/kptr_restrict", "2");
  const trace = await Trace.start(["unshare", "--mount", "--cgroup"]);
  const running = new Map<Oddity, Running>();
  for (const oddity of ODDITIES) await t.test(`${oddity.name} starts`, (t) => start(t, oddity, running));
  const nowUs = await trace.upToNow();
  const document = await watched();
  // Whoever holds a socket is described by the next census.
  for (const [{ traced }, { pid }] of running)
    if (traced !== "unanalysed") await trace.until((event) => event.type === "process" && event.pid === pid);
  await trace.stop();
  for (const [oddity, one] of running) {
    await t.test(`${oddity.name}: trace`, () => checkTrace(trace, { oddity, one, nowUs }));
    await t.test(`${oddity.name}: list`, (t) => checkList(t, document, { oddity, one }));
  }
  await Promise.all([...running.values()].map(({ program }) => program.stop()));
});

async function start(t: TestContext, oddity: Oddity, running: Map<Oddity, Running>): Promise<void> {
  oddity.prepare?.();
  const program: Running["program"] = new Program(...oddity.argv);
  const answer = await program.ready;
  if ("cannot" in answer) {
    t.skip(String(answer.cannot));
    return;
  }
  assert.equal(answer.kept.length, LEAKED);
  oddity.check?.(answer);
  const pid = oddity.comm === "python3" ? answer.pid : pidOf(oddity.comm);
  running.set(oddity, { program, answer, pid });
}

type Case = { readonly oddity: Oddity; readonly one: Running };

function checkTrace(trace: Trace, { oddity, one: { answer, pid }, nowUs }: Case & { readonly nowUs: number }): void {
  const [comm, sockets] = trace.owned({ pid, nowUs });
  if (oddity.traced === "unanalysed") {
    assert.deepEqual(sockets, []);
    return;
  }
  const known = (socket: Owned) => (oddity.traced === "without-fds" ? { ...socket, fd: null } : socket);
  assert.equal(comm, oddity.comm);
  assert.deepEqual(sockets.map(known), ownedBy(answer, pid).map(known));
  const process = trace.events.find((event) => event.type === "process" && event.pid === pid);
  assert.ok(process?.type === "process");
  // As it knows itself; null: as the host does.
  assert.equal(process.pidInContainer ?? pid, answer.pid);
}

function checkList(t: TestContext, document: FindingsDocument, { oddity, one: { answer, pid } }: Case): void {
  t.diagnostic([...document.observed.why, toldOf(document, pid)].join("; "));
  assert.equal(foundOf(document, { pid, port: answer.port }), oddity.listed);
  if (oddity.why === null) return;
  assert.equal(document.observed.complete, false);
  assert.match(document.observed.why.join("\n"), oddity.why);
}

function toldOf({ findings }: FindingsDocument, pid: number): string {
  const own = findings.filter(({ process }) => process?.pid === pid);
  return own.map(({ kind, count, leak, because }) => `${kind} ${count}, leak: ${leak}, ${because}`).join("; ");
}
