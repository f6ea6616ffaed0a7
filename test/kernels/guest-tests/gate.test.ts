/** The gate by the best attachment of this kernel: what leaks in a command's family is found, what does not passes. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import type { GateDocument } from "../../../src/gate/document.ts";
import { doctor, sockleak } from "./child.ts";

const none = doctor.uses === null && "no attachment works";
const FILE = "/tmp/gate.json";
/** An emulated guest takes its time: what must be old is so by seconds. */
const HOLD_S = "3";

const leaks = (kind: string, way: string) => `python3 test/live/gate/leaks.py ${kind} ${way} ${HOLD_S}`;

async function gate(line: string) {
  const output = await sockleak("run", "--grace", "20s", "--output", FILE, "--", "sh", "-c", line);
  return { ...output, document: JSON.parse(readFileSync(FILE, "utf8")) as GateDocument };
}

test("run finds what grandchildren and daemons leak, of each kind", { skip: none }, async () => {
  const { code, document, stderr } = await gate(
    [
      `${leaks("eof-ignored", "grandchild")} &`,
      `${leaks("never-accepted", "daemon")};`,
      `${leaks("gone-unclosed", "exec")} &`,
      `${leaks("connect", "threads")} & wait`,
    ].join(" "),
  );
  const found = document.findings.map(({ kind, count, side, fails }) => `${kind} ${side} ${count} ${fails}`).sort();
  assert.deepEqual(
    found,
    [
      "eof-ignored accept 3 true",
      "eof-unread connect 3 true",
      "gone-unclosed accept 3 true",
      "never-accepted accept 3 true",
    ],
    stderr,
  );
  assert.equal(document.observed.attachment, doctor.uses);
  assert.equal(code, 1);
});

test("run lets pass what is closed, and what is another's", { skip: none }, async () => {
  const other = sockleak(
    "run",
    "--census",
    "--allow-incomplete",
    "--fail-on",
    "never",
    "--",
    "sh",
    "-c",
    leaks("eof-unread", "here"),
  );
  const { code, document, stderr } = await gate(
    `${leaks("closed-late", "here")} & ${leaks("established", "grandchild")} & wait`,
  );
  assert.deepEqual(document.findings, [], stderr);
  assert.equal(code, 0, stderr);
  await other;
});
