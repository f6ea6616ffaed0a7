import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { readdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import { analyse } from "../../src/analysis/analyse.ts";
import { documentOf } from "../../src/analysis/document.ts";
import type { FindingsDocument } from "../../src/analysis/findings-document.ts";
import { CommandError } from "../../src/commands/io.ts";
import { replay } from "../../src/commands/replay.ts";
import { type ReportOptions, report } from "../../src/commands/report.ts";
import type { Event } from "../../src/model/event.ts";
import { Tracker } from "../../src/model/tracker.ts";
import { Files } from "../../src/recording/files.ts";
import { Recorder } from "../../src/recording/recorder.ts";
import { printEvent } from "../../src/wire/print.ts";
import { make } from "../recording/generate.ts";
import { folder } from "../recording/temporary.ts";
import { listen } from "./io.ts";

const EVENTS: readonly Event[] = [...make({ events: 60_000, leakPercent: 5, rate: 500 })].flat();
const START_US = EVENTS[0]?.atUs ?? 0;
const END_US = EVENTS.at(-1)?.atUs ?? 0;
const dir = folder();
const TEXT = EVENTS.map(printEvent).join("");
const plain = join(dir, "plain.ndjson");
const packed = join(dir, "packed.ndjson.gz");
writeFileSync(plain, TEXT);
writeFileSync(packed, gzipSync(TEXT));

async function run(paths: readonly string[], options: ReportOptions = {}, stdin: readonly Uint8Array[] = []) {
  const { io, heard } = listen(stdin);
  const code = await report(paths, options, io);
  return { code, ...heard };
}

/** As a live run would have said at that instant: the same events, up to it. */
function live(atUs: number): FindingsDocument {
  const tracker = new Tracker();
  for (const event of EVENTS) if (event.atUs <= atUs) tracker.apply(event);
  const snapshot = tracker.snapshot(atUs);
  return documentOf(analyse(snapshot), snapshot);
}

test("the document is the live one at any instant, byte for byte, from a file, packed, or a pipe", async () => {
  const expected = (atUs: number) => `${JSON.stringify(live(atUs))}\n`;
  for (const path of [plain, packed]) assert.equal((await run([path], { json: true })).out, expected(END_US));
  assert.equal((await run(["-"], { json: true }, [gzipSync(TEXT)])).out, expected(END_US));
  const at = { from: "start", ms: 70_000 } as const;
  assert.equal((await run([packed], { json: true, at })).out, expected(START_US + 70_000_000));
  const before = { from: "end", ms: 30_000 } as const;
  assert.equal((await run([packed], { json: true, at: before })).out, expected(END_US - 30_000_000));
  const wall = { from: "wall", ms: 1_795_233_600_000 + 45_000 } as const;
  assert.equal((await run([packed], { json: true, at: wall })).out, expected(START_US + 45_000_000));
  assert.notEqual(expected(END_US), expected(START_US + 70_000_000));
});

test("a FIFO, as a shell's <(…) is one, is read from its first byte on, and cannot count back from its end", async () => {
  const fifo = join(dir, "fifo");
  execFileSync("mkfifo", [fifo]);
  spawn("sh", ["-c", 'cat "$1" > "$2"', "sh", packed, fifo], { stdio: "ignore" });
  assert.equal((await run([fifo], { json: true })).out, (await run([packed], { json: true })).out);
  const isUsage = (error: unknown) => error instanceof CommandError && error.code === 2;
  await assert.rejects(run([fifo], { at: { from: "end", ms: 1 } }), isUsage);
  await assert.rejects(run([packed, fifo]), isUsage);
});

test("a window is as if only it had been recorded", async () => {
  const from = { from: "start", ms: 60_000 } as const;
  const to = { from: "start", ms: 90_000 } as const;
  const { out } = await run([plain], { json: true, from, to });
  const { observed, host, findings } = JSON.parse(out) as FindingsDocument;
  assert.ok(observed.fromUs >= START_US + 60_000_000 && observed.fromUs < START_US + 60_100_000);
  assert.equal(observed.toUs, START_US + 90_000_000);
  assert.equal(host.name, "db1");
  assert.ok(
    findings.every(({ process }) => process === null || process.exe !== null),
    "processes were told before the window",
  );
});

test("what lies outside of the recording is refused, with what it holds; of a pipe its end is told", async () => {
  const after = (ms: number) => ({ from: "start", ms: (END_US - START_US) / 1000 + ms }) as const;
  const words = (options: ReportOptions, message: RegExp, path = plain) =>
    assert.rejects(run([path], options, [Buffer.from(TEXT)]), (error: CommandError) => {
      assert.equal(error.code, 2);
      assert.match(error.message, message);
      return true;
    });
  const held = /lies after the recording's end: it holds 2 min/;
  await words({ at: after(60_000) }, held);
  await words({ from: after(60_000) }, held);
  await words({ from: after(60_000) }, held, "-");
  await words({ at: { from: "boot", us: START_US - 1 } }, /before the recording's start/);
  await words({ from: after(-10_000), to: after(-20_000) }, /nothing was recorded/);
  const atEnd = { ...(await run([plain], { json: true })), err: "" };
  assert.deepEqual(await run([plain], { json: true, at: after(900) }), atEnd);
  const { out, err } = await run(["-"], { json: true, at: after(60_000) }, [Buffer.from(TEXT)]);
  assert.equal(out, atEnd.out);
  assert.match(err, /after the recording's end: it holds .*; this is how it stood at its end\n/);
});

test("filters mean the same over a recording", async () => {
  const { out } = await run([plain], { json: true, pid: 880 });
  const document = JSON.parse(out) as FindingsDocument;
  assert.deepEqual(
    [...new Set(document.findings.map(({ process }) => process?.pid))].filter((pid) => pid !== 880),
    [],
  );
  await assert.rejects(run([plain], { netns: "blue" }), (error) => error instanceof CommandError && error.code === 2);
});

test("a report into a file is its owner's alone", async () => {
  const output = join(dir, "out.html");
  await run([plain], { format: "html", output });
  assert.equal(statSync(output).mode & 0o777, 0o600);
});

test("exit codes: a leak by --fail-on 1, an option of the other way 2, no file 3, nothing in it and --strict 4", async () => {
  const code = (error: unknown) => (error instanceof CommandError ? error.code : error);
  const failing = async (paths: readonly string[], options: ReportOptions = {}, stdin: readonly Uint8Array[] = []) =>
    run(paths, options, stdin).then(({ code: done }) => done, code);
  assert.equal(await failing([plain], { failOn: "likely" }), 1);
  assert.equal(await failing([], { at: { from: "end", ms: 1 } }), 2);
  assert.equal(await failing([plain], { until: 3 }), 2);
  assert.equal(await failing([join(dir, "none")]), 3);
  assert.equal(await failing(["-"], {}, [Buffer.from("hello\n")]), 4);
  assert.equal(await failing([plain], { sites: false }), 2);
  const broken = [Buffer.from(`${TEXT.slice(0, 50_000)}\n`)];
  assert.equal(await failing(["-"], { strict: true }, broken), 4);
  assert.equal(await failing(["-"], {}, broken), 0);
});

test("what was refused is said with its line, and the document is not complete", async () => {
  const lines = TEXT.split("\n");
  lines.splice(100, 1, "{nonsense");
  const { out, err } = await run(["-"], { json: true }, [Buffer.from(lines.join("\n"))]);
  assert.match(err, /^-:101: it is not JSON$/m);
  const { observed } = JSON.parse(out) as FindingsDocument;
  assert.equal(observed.complete, false);
  assert.ok(observed.why.includes("1 event lost") || observed.lost >= 1, observed.why.join());
});

test("replay without a terminal prints the screen, with the report's numbers", async () => {
  const { io, heard } = listen();
  assert.equal(await replay([packed], {}, io), 0);
  const leaked = live(END_US).findings.find(({ leak }) => leak)?.count;
  assert.match(heard.out, new RegExp(`java 4121 .*leaks? ${leaked} of `));
});

const HOSTILE = "</script>|`*_[x](y)<img src=x>\u001b[2J\u009b\u202e\n# boo";

test("hostile names are inert in text, markdown and JSON", async () => {
  const hostile = [...make({ events: 60_000, leakPercent: 20, rate: 500, hostile: HOSTILE })]
    .flat()
    .map(printEvent)
    .join("");
  for (const format of ["text", "markdown", "json"] as const) {
    const { out } = await run(["-"], { format }, [Buffer.from(hostile)]);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: that none is there is the point
    assert.doesNotMatch(out.replaceAll("\n", ""), /[\u0000-\u001f\u007f-\u009f]/u, format);
    if (format !== "json") assert.ok(!out.includes("\u202e"));
    if (format === "json") assert.ok(JSON.parse(out).findings[0].process.comm.endsWith(HOSTILE));
    if (format !== "markdown") continue;
    const outside = out.replace(/^```+\n.*\n```+$/gm, "");
    assert.doesNotMatch(outside, /(?<!\\)[<`*_[\]]/);
    assert.doesNotMatch(outside, /^# boo/m);
    for (const row of outside.split("\n").filter((line) => line.startsWith("| leak"))) {
      assert.equal(row.match(/(?<!\\)\|/g)?.length, 7, row);
    }
  }
});

test("rotated files give the document that one file gives", async () => {
  const rotated = folder();
  let nowMs = 1_795_233_600_000;
  const rotation = { bytes: 60_000, ageMs: null, keep: null, diskBytes: null };
  const files = new Files({ path: join(rotated, "db.ndjson.gz"), rotation, nowMs: () => nowMs++ });
  const options = { open: () => files.open(), isFull: files.isFull.bind(files), plain: false, trouble: assert.fail };
  const recorder = await Recorder.open(options);
  for (let at = 0; at < EVENTS.length; at += 500) recorder.take(EVENTS.slice(at, at + 500));
  await recorder.close();
  const paths = readdirSync(rotated).map((name) => join(rotated, name));
  assert.ok(paths.length > 5, `${paths.length} files`);
  assert.equal((await run(paths, { json: true })).out, (await run([plain], { json: true })).out);
});
