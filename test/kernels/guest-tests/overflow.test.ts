/**
 * A buffer too small for what happens while nobody reads it: what was lost is declared, and the next census puts right what it hid.
 * bpftrace is stopped for as long as a program opens 97 connections and leaks 23; its buffer holds a tenth of what that prints.
 */
import assert from "node:assert/strict";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { test } from "node:test";
import { doctor, HERE, Program } from "./child.ts";
import { pidOf } from "./odd/oddity.ts";
import { type Leak, ownedBy, Trace } from "./trace.ts";

const PAGES = 4;
const CONNECTIONS = 97;
/** A heartbeat each second; a census each few, or when it has been paid for: here one takes some half a second (rounds.ts). */
const BEATS_MOST = 180;

test("what a full buffer lost is declared, and a census puts it right", { skip: doctor.uses === null }, async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "sockleak-overflow-"));
  const small = `#!/bin/sh\nBPFTRACE_PERF_RB_PAGES=${PAGES} exec ${doctor.facts.bpftrace?.path} "$@"\n`;
  writeFileSync(join(folder, "bpftrace"), small, { mode: 0o755 });
  const trace = await Trace.start(["env", `PATH=${folder}${delimiter}${process.env.PATH}`]);
  const bpftrace = pidOf("bpftrace");
  const program = new Program<{ pid: number }>("python3", `${HERE}/burst.py`, "burst");
  const { pid } = await program.ready;
  // For less than the five seconds after which a silent bpftrace is taken to hang.
  process.kill(bpftrace, "SIGSTOP");
  const leak = await program.ask<Leak>("go");
  process.kill(bpftrace, "SIGCONT");

  await trace.until((event) => event.type === "gap" && event.why === "lost");
  const expected = ownedBy(leak, pid);
  let nowUs = await trace.upToNow();
  const known = () => trace.owned({ pid: pid, nowUs })[1];
  for (let beat = 0; beat < BEATS_MOST && known().length !== expected.length; beat++) nowUs = await trace.upToNow();
  const seen = known();
  await program.stop();
  await trace.stop();

  const opened = trace.events.filter((event) => event.type === "open" && event.local?.port === leak.port);
  const gaps = trace.events.filter((event) => event.type === "gap");
  t.diagnostic(
    `${opened.length} of ${CONNECTIONS} accepts told; ${gaps.map(({ why, text }) => `${why}: ${text}`).join("; ")}`,
  );
  assert.ok(opened.length < CONNECTIONS, "the buffer was too small");
  // Not every bpftrace says how many (wire/message.ts).
  const lost = gaps.reduce((sum, gap) => sum + (gap.why === "lost" ? (gap.lost ?? CONNECTIONS) : 0), 0);
  assert.ok(lost >= CONNECTIONS - opened.length, `${lost} lines declared lost`);
  assert.deepEqual(seen, expected);
});
