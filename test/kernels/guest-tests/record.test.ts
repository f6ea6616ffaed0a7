/** A recording made here, in either mode, and its report: it names the leaker, its kind and how many; cut by a kill, too. */
import assert from "node:assert/strict";
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import type { FindingsDocument } from "../../../src/analysis/findings-document.ts";
import { doctor, outputOf, Program, sockleak, startSockleak } from "./child.ts";
import type { Leak } from "./trace.ts";

const LEAKED = 23;
const NAME = "leaker";
const none = doctor.uses === null && "no attachment works";
const dir = mkdtempSync(join(tmpdir(), "sockleak-record-"));

/** What the recording says so far. */
async function report(path: string): Promise<FindingsDocument | null> {
  const { stdout, code } = await sockleak("report", path, "--json", "--older-than", "1s", "--comm", NAME);
  return code === 0 ? (JSON.parse(stdout) as FindingsDocument) : null;
}

/** Until it says what is asked for. */
async function reportWith(path: string, fits: (document: FindingsDocument) => boolean): Promise<FindingsDocument> {
  for (;;) {
    const document = await report(path);
    if (document !== null && fits(document)) return document;
    await sleep(1_000);
  }
}

for (const mode of ["lean", "full"]) {
  test(`record --mode ${mode}, report`, { skip: none, timeout: 240_000 }, async () => {
    const path = join(dir, `${mode}.ndjson.gz`);
    const recorder = startSockleak("record", path, "--mode", mode);
    const output = outputOf(recorder);
    await reportWith(path, ({ observed }) => observed.attachment === doctor.uses);
    const leaker = new Program<Leak>("python3", "test/live/leaker.py", Buffer.from(NAME).toString("hex"));
    const { pid } = await leaker.ready;
    // With the executable, which is in the finding's id as soon as somebody has looked.
    const isFound = ({ findings }: FindingsDocument) =>
      findings.some(({ leak, process, count }) => leak && process?.pid === pid && process.exe && count === LEAKED);
    const before = await reportWith(path, isFound);
    recorder.kill(mode === "full" ? "SIGKILL" : "SIGTERM");
    const { code, stderr } = await output;
    if (mode === "lean") assert.equal(code, 0, stderr);
    await leaker.stop();
    const after = await report(path);
    const kinds = (document: FindingsDocument | null) =>
      document?.findings.filter(({ leak }) => leak).map(({ id, count }) => `${id} ${count}`);
    assert.deepEqual(kinds(after), kinds(before));
    // A clean end takes nothing away.
    const isComplete = after?.observed.complete === true;
    assert.ok(mode === "full" ? !isComplete : isComplete || !before.observed.complete);
  });
}
