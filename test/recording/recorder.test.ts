import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { test } from "node:test";
import type { Event } from "../../src/model/event.ts";
import { Files } from "../../src/recording/files.ts";
import type { Rotation } from "../../src/recording/names.ts";
import { openFile } from "../../src/recording/output.ts";
import { Recorder } from "../../src/recording/recorder.ts";
import { make } from "./generate.ts";
import { asRecorded, readBack } from "./reading.ts";
import { folder, smallDisk } from "./temporary.ts";

const EVENTS: readonly Event[] = [...make({ events: 20_000, leakPercent: 5, rate: 1_000 })].flat();
const NO_ROTATION: Rotation = { bytes: null, ageMs: null, keep: null, diskBytes: null };

async function record(path: string, events: readonly Event[] = EVENTS): Promise<string[]> {
  const said: string[] = [];
  const trouble = (text: string) => said.push(text);
  const recorder = await Recorder.open({ open: () => openFile(path), plain: path.endsWith(".ndjson"), trouble });
  recorder.take(events);
  await recorder.close();
  return said;
}

for (const name of ["plain.ndjson", "packed.ndjson.gz", "packed"]) {
  test(`${name}: what was recorded comes back, and only its owner may read it`, async () => {
    const path = join(folder(), name);
    assert.deepEqual(await record(path), []);
    const { events, account } = await readBack(path);
    assert.deepEqual(events, asRecorded(EVENTS));
    assert.deepEqual([account.refused, account.cut.length, account.unknownEvents], [0, 0, 0]);
    assert.equal(statSync(path).mode & 0o777, 0o600);
  });
}

test("zcat and an independent parser read the same lines", async () => {
  const path = join(folder(), "a.ndjson.gz");
  await record(path);
  const lines = execFileSync("zcat", [path], { maxBuffer: 1 << 28, encoding: "utf8" })
    .trimEnd()
    .split("\n");
  assert.deepEqual(
    lines.map((line) => JSON.parse(line)),
    asRecorded(EVENTS),
  );
});

test("a file that is there is not overwritten, nor what a symbolic link names", async () => {
  const dir = folder();
  writeFileSync(join(dir, "there"), "mine");
  symlinkSync(join(dir, "there"), join(dir, "link"));
  await assert.rejects(openFile(join(dir, "there")), { code: "EEXIST" });
  await assert.rejects(openFile(join(dir, "link"), { overwrite: true }), { code: "ELOOP" });
  assert.equal(readFileSync(join(dir, "there"), "utf8"), "mine");
});

test("rotated by size: each file stands alone, all together are the recording, and old ones go", async () => {
  const dir = folder();
  let nowMs = 1_795_233_600_000;
  const rotation = { ...NO_ROTATION, bytes: 40_000, keep: 4 };
  const files = new Files({ path: join(dir, "db.ndjson.gz"), rotation, nowMs: () => nowMs++ });
  const begun: string[] = [];
  const recorder = await Recorder.open({
    open: () => files.open(),
    isFull: (output, more) => files.isFull(output, more),
    plain: false,
    trouble: assert.fail,
    begun: () => begun.push(recorder.totals.file),
  });
  for (let at = 0; at < EVENTS.length; at += 500) recorder.take(EVENTS.slice(at, at + 500));
  await recorder.close();
  const paths = readdirSync(dir)
    .sort()
    .map((name) => join(dir, name));
  assert.equal(paths.length, 4);
  assert.ok(begun.length > 4, `${begun.length} files were begun`);
  for (const path of paths) {
    const { events } = await readBack(path);
    assert.equal(events[0]?.type, "recording");
    assert.deepEqual(
      [...new Set(events.flatMap((event) => (event.type === "process" ? event.pid : [])))],
      [4121, 880, 991],
    );
    assert.ok(statSync(path).size <= 40_000);
  }
  const { events } = await readBack(...paths.toReversed());
  const firstSeq = events[0]?.seq ?? 0;
  const heads = (event: Event) => (event.type === "recording" || event.type === "process") && event.seq > 4;
  assert.ok(firstSeq > 4);
  assert.deepEqual(
    events.filter((event) => !heads(event)),
    asRecorded(EVENTS).filter(({ seq, type }) => seq > firstSeq && !(type === "recording" || type === "process")),
  );
});

test("rotated by age and bounded together", async () => {
  const dir = folder();
  let nowMs = 1_795_233_600_000;
  const rotation = { ...NO_ROTATION, ageMs: 1_000, diskBytes: 400_000 };
  const clocks = { nowMs: () => nowMs, steadyMs: () => nowMs };
  const files = new Files({ path: join(dir, "db.ndjson.gz"), rotation, ...clocks });
  const open = () => files.open();
  const isFull = files.isFull.bind(files);
  const recorder = await Recorder.open({ open, isFull, plain: false, trouble: assert.fail });
  for (let at = 0; at < EVENTS.length; at += 1_000) {
    recorder.take(EVENTS.slice(at, at + 1_000));
    await recorder.flush();
    nowMs += 1_100;
  }
  await recorder.close();
  const sizes = readdirSync(dir).map((name) => statSync(join(dir, name)).size);
  assert.ok(sizes.length > 1);
  assert.ok(sizes.reduce((a, b) => a + b) <= 400_000, `${sizes}`);
});

test("when the clock is set back the newest files are kept all the same", async () => {
  const path = join(folder(), "db.ndjson.gz");
  let nowMs = 1_795_233_600_000;
  const files = new Files({ path, rotation: { ...NO_ROTATION, bytes: 1, keep: 3 }, nowMs: () => nowMs });
  const made: string[] = [];
  for (let at = 0; at < 8; at++) {
    const output = await files.open();
    made.push(output.name);
    await output.close();
    nowMs += at === 4 ? -3_600_000 : 60_000;
  }
  const kept = readdirSync(dirname(path)).map((name) => join(dirname(path), name));
  assert.deepEqual(kept.toSorted(), made.slice(-3));
});

test("a full disk: what is before is whole, the loss is counted, and it goes on when there is room", async (t) => {
  const disk = smallDisk(800);
  if (disk === null) return t.skip("mounting needs root");
  const ballast = join(disk, "ballast");
  writeFileSync(ballast, Buffer.alloc(700_000));
  const path = join(disk, "a.ndjson.gz");
  const said: string[] = [];
  const recorder = await Recorder.open({
    open: () => openFile(path),
    plain: false,
    trouble: (text) => said.push(text),
  });
  const take = async (from: number, to: number) => {
    for (let at = from; at < to; at += 200) {
      recorder.take(EVENTS.slice(at, Math.min(to, at + 200)));
      await recorder.flush();
    }
  };
  await take(0, 10_000);
  assert.equal(said.length, 1, said.join("; "));
  assert.match(said[0] ?? "", /^cannot write the recording: ENOSPC/);
  execFileSync("gzip", ["-t", path]);
  rmSync(ballast);
  await take(10_000, EVENTS.length);
  await recorder.close();
  const { unwritten } = recorder.totals;
  assert.match(said[1] ?? "", new RegExp(`recording again; ${unwritten} events`));
  const { events, account } = await readBack(path);
  const gaps = events.filter((event) => event.type === "gap" && event.why === "unwritten");
  assert.deepEqual(
    gaps.map((gap) => gap.type === "gap" && gap.lost),
    [unwritten],
  );
  assert.ok(unwritten > 0);
  assert.equal(events.length - 1 + unwritten, EVENTS.length);
  assert.deepEqual([account.refused, account.cut.length], [0, 0]);
  assert.deepEqual(
    events.map(({ seq }) => seq),
    [...events.map(({ seq }) => seq)].sort((a, b) => a - b),
  );
});

test("a file that is removed: another is begun at once, with where it is from", async () => {
  const path = join(folder(), "a.ndjson.gz");
  const said: string[] = [];
  const recorder = await Recorder.open({
    open: () => openFile(path),
    plain: false,
    trouble: (text) => said.push(text),
  });
  recorder.take(EVENTS.slice(0, 5_000));
  await recorder.flush();
  rmSync(path);
  recorder.take(EVENTS.slice(5_000));
  await recorder.close();
  assert.equal(said.length, 1, said.join("; "));
  assert.match(said[0] ?? "", /is gone: another is begun$/);
  const { events } = await readBack(path);
  assert.equal(events[0]?.type, "recording");
  assert.equal(recorder.totals.unwritten, 0);
  assert.deepEqual(events.at(-1), asRecorded(EVENTS).at(-1));
});
