/** contrib/sockleak-record.service as it ships, under a systemd that is process 1: with all of its hardening it records. */
import assert from "node:assert/strict";
import { copyFileSync, readdirSync, statSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import type { FindingsDocument } from "../../../../src/analysis/findings-document.ts";
import { doctor, type Output, outputOf, Program, run, sockleak } from "../child.ts";
import type { Leak } from "../trace.ts";

const UNIT = "sockleak-record.service";
const FOLDER = "/var/log/sockleak";
const LEAKED = 23;
const NAME = "leaker";

/** As a package would: its programs are where the unit looks for them. */
function install(): void {
  symlinkSync("/opt/node/bin/node", "/usr/bin/node");
  symlinkSync(join(process.cwd(), "dist/cli.js"), "/usr/bin/sockleak");
  copyFileSync(`contrib/${UNIT}`, `/etc/systemd/system/${UNIT}`);
}

async function systemctl(...args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await outputOf(run("systemctl", ...args));
  assert.equal(code, 0, stderr);
  return stdout.trim();
}

async function report(): Promise<Output> {
  const files = readdirSync(FOLDER).map((name) => join(FOLDER, name));
  return sockleak("report", ...files, "--json", "--older-than", "1s", "--comm", NAME);
}

async function until(what: string, fits: (document: FindingsDocument) => boolean): Promise<FindingsDocument> {
  for (let last = ""; ; await sleep(1_000)) {
    assert.equal(await systemctl("show", UNIT, "--property=ActiveState", "--value"), "active", `${what}: ${last}`);
    const { code, stdout, stderr } = await report();
    last = stderr;
    if (code !== 0) continue;
    const document = JSON.parse(stdout) as FindingsDocument;
    if (fits(document)) return document;
  }
}

test("the unit starts, records by probes, takes marks, and ends cleanly", { timeout: 400_000 }, async (t) => {
  install();
  await systemctl("daemon-reload");
  await systemctl("start", UNIT);
  // It has no folder before it runs.
  while (!readdirSync("/var/log").includes("sockleak") || readdirSync(FOLDER).length === 0) await sleep(200);
  await until("it traces", ({ observed }) => observed.attachment === doctor.uses);
  const leaker = new Program<Leak>("python3", "test/live/leaker.py", Buffer.from(NAME).toString("hex"));
  const { pid } = await leaker.ready;
  const { code, stderr } = await sockleak("mark", "from", "outside");
  assert.equal(code, 0, stderr);
  await until("the leak", ({ findings }) =>
    findings.some((finding) => finding.leak && finding.process?.pid === pid && finding.count === LEAKED),
  );
  await systemctl("stop", UNIT);
  await leaker.stop();
  assert.equal(await systemctl("show", UNIT, "--property=Result", "--value"), "success");
  const [name = ""] = readdirSync(FOLDER);
  assert.equal(statSync(FOLDER).mode & 0o777, 0o700);
  assert.equal(statSync(join(FOLDER, name)).mode & 0o777, 0o600);
  const { stdout: events } = await outputOf(run("zcat", join(FOLDER, name)));
  assert.match(events, /^\{"type":"mark".*"from outside"/m);
  assert.match(events, /\{"type":"end".*"why":"stopped".*\}\n$/);
  const { stdout: security } = await outputOf(run("systemd-analyze", "security", "--no-pager", UNIT));
  t.diagnostic(security.trim().split("\n").at(-1) ?? "");
});
