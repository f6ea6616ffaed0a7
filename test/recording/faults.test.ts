/** A disk that fails: what came to it is whole, what did not is counted in a gap, it is said once, and it goes on. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { EventEmitter, once } from "node:events";
import { join } from "node:path";
import { test } from "node:test";
import { setImmediate as nextTurn } from "node:timers/promises";
import type { Event } from "../../src/model/event.ts";
import { type Output, openFile } from "../../src/recording/output.ts";
import { Recorder } from "../../src/recording/recorder.ts";
import { failingDisk } from "./failing-disk.ts";
import { make } from "./generate.ts";
import { asRecorded, readBack } from "./reading.ts";
import { folder } from "./temporary.ts";

const EVENTS: readonly Event[] = [...make({ events: 6_000, leakPercent: 5, rate: 500 })].flat();

/** Records all of EVENTS, told what to do before some of them; each thousand is flushed, and synced. */
async function recorded(path: string, at: Readonly<Record<number, () => Promise<void>>>) {
  const said: string[] = [];
  const recorder = await Recorder.open({
    open: () => openFile(path),
    plain: false,
    trouble: (text) => said.push(text),
    syncMs: 0,
  });
  for (let from = 0; from < EVENTS.length; from += 1_000) {
    await at[from]?.();
    recorder.take(EVENTS.slice(from, from + 1_000));
    await recorder.flush();
  }
  await recorder.close();
  return { said, unwritten: recorder.totals.unwritten };
}

/** All but so many from the one of this number on, with a gap in the place of the first of them. */
async function assertMissing(path: string, from: number, count: number): Promise<void> {
  execFileSync("gzip", ["-t", path]);
  const { events, account } = await readBack(path);
  assert.deepEqual([account.refused, account.cut.length], [0, 0]);
  const gaps = events.filter((event) => event.type === "gap" && event.why === "unwritten");
  assert.deepEqual(
    gaps.map((gap) => gap.type === "gap" && [gap.seq, gap.lost]),
    [[EVENTS[from]?.seq, count]],
  );
  const whole = asRecorded(EVENTS);
  assert.deepEqual(events.slice(0, from), whole.slice(0, from));
  const later = events.slice(-(EVENTS.length - from - count));
  assert.deepEqual(later.slice(0, -1), whole.slice(from + count, -1));
}

test("a disk that refuses to write (EIO)", async (t) => {
  const disk = await failingDisk();
  if (disk === null) return t.skip("mounting needs root and /dev/fuse");
  const path = join(disk.folder, "a.ndjson.gz");
  const { said, unwritten } = await recorded(path, {
    2000: () => disk.let("write"),
    4000: () => disk.let("work"),
  });
  assert.equal(said.length, 2, said.join("; "));
  assert.match(said[0] ?? "", /^cannot write the recording: EIO.*; it goes on when it can$/);
  assert.equal(said[1], `recording again; ${unwritten} events were not written`);
  assert.equal(unwritten, 2_000);
  await assertMissing(path, 2_000, 2_000);
});

test("a disk that takes what is written and loses it", async (t) => {
  const disk = await failingDisk();
  if (disk === null) return t.skip("mounting needs root and /dev/fuse");
  const path = join(disk.folder, "a.ndjson.gz");
  const { said, unwritten } = await recorded(path, {
    1000: () => disk.let("sync"),
    3000: () => disk.let("work"),
  });
  assert.equal(said.length, 2, said.join("; "));
  assert.match(said[0] ?? "", /^cannot write the recording: EIO.*; it goes on when it can$/);
  assert.equal(said[1], `recording again; ${unwritten} events were not written`);
  assert.equal(unwritten, 2_000);
  await assertMissing(path, 1_000, 2_000);
});

test("from the beginning: the file says where it is from all the same", async (t) => {
  const disk = await failingDisk();
  if (disk === null) return t.skip("mounting needs root and /dev/fuse");
  const path = join(disk.folder, "a.ndjson.gz");
  const { unwritten } = await recorded(path, { 0: () => disk.let("write"), 1000: () => disk.let("work") });
  assert.equal(unwritten, 1_000);
  const { events } = await readBack(path);
  assert.equal(events[0]?.type, "recording");
  const heads = events.findIndex((event) => event.type === "gap");
  assert.ok(events.slice(1, heads).every(({ type }) => type === "process"));
  assert.equal(events.length - heads - 1, EVENTS.length - 1_000);
});

test("until the end: the last thing in the file is the gap, where that can be written", async (t) => {
  const disk = await failingDisk();
  if (disk === null) return t.skip("mounting needs root and /dev/fuse");
  const path = join(disk.folder, "a.ndjson.gz");
  const { unwritten } = await recorded(path, { 5000: () => disk.let("sync") });
  await disk.let("work");
  assert.equal(unwritten, EVENTS.length - 5_000);
  const { events } = await readBack(path);
  assert.deepEqual(events.slice(0, 5_000), EVENTS.slice(0, 5_000));
  const [gap, ...rest] = events.slice(5_000);
  assert.ok(gap?.type === "gap" && gap.why === "unwritten" && gap.lost === unwritten);
  // The reader's own: the recording has no end.
  assert.deepEqual(
    rest.map((event) => event.type === "gap" && event.why),
    ["cut"],
  );
});

/** No disk here thinks as long as it is told to: this one's first answer waits for `answer`, null for yes. */
async function thinkingDisk(path: string) {
  const talk = new EventEmitter();
  const file = await openFile(path);
  const answer = once(talk, "answer");
  let questions = 0;
  const sync = async () => {
    talk.emit("asked");
    const [refusal] = questions++ === 0 ? await answer : [null];
    if (refusal !== null) throw refusal;
    await file.sync();
  };
  const output: Output = {
    ...file,
    sync,
    get bytes() {
      return file.bytes;
    },
  };
  return { output, asked: once(talk, "asked"), answer: (refusal: Error | null) => talk.emit("answer", refusal) };
}

/** Two thousand events, the second thousand while the disk thinks about the first. */
async function recordWhileThinking(path: string, refusal: Error | null) {
  const disk = await thinkingDisk(path);
  const recorder = await Recorder.open({
    open: async () => disk.output,
    plain: false,
    trouble: () => {},
    syncMs: 0,
  });
  recorder.take(EVENTS.slice(0, 1_000));
  await disk.asked;
  recorder.take(EVENTS.slice(1_000, 2_000));
  const last = EVENTS[1_999]?.seq;
  while (!(await readBack(path)).events.some(({ type, seq }) => type !== "gap" && seq === last)) await nextTurn();
  disk.answer(refusal);
  await recorder.flush();
  recorder.take(EVENTS.slice(2_000, 3_000));
  await recorder.close();
  return { written: (await readBack(path)).events, totals: recorder.totals };
}

test("a disk that thinks for long: what comes meanwhile is written", async () => {
  const { written } = await recordWhileThinking(join(folder(), "a.ndjson.gz"), null);
  assert.deepEqual(written.slice(0, 3_000), EVENTS.slice(0, 3_000));
});

test("and refuses in the end: that is lost with what it was asked for", async () => {
  const path = join(folder(), "a.ndjson.gz");
  const { written, totals } = await recordWhileThinking(path, new Error("EIO"));
  assert.equal(totals.unwritten, 2_000);
  const at = written.findIndex((event) => event.type === "gap" && event.why === "unwritten" && event.lost === 2_000);
  assert.deepEqual(written.slice(at + 1, at + 1_001), EVENTS.slice(2_000, 3_000));
});
