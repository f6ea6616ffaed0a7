/** The kernel matrix's own judgement, without guests: what makes a line fail, and what the table says. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { ATTACHMENTS, CAPABILITIES, type Capability } from "../kernels/capabilities.ts";
import { chooseLines, type Line, readLines } from "../kernels/kernels.ts";
import { type Result, readResult } from "../kernels/result.ts";
import { renderTable } from "../kernels/table.ts";

const ALL: Line = { name: "6.12/0.23", expected: CAPABILITIES, ci: [] };
const ATTACHED = { fentry: true, kprobe: true, tracepoint: true };
const PASSED = `{"name":"fentry: x","outcome":"passed","why":"","ms":1}\n`;

function doctor(works: Record<string, boolean>, eof = true): string {
  const attachments = Object.entries(works).map(([attachment, works]) => ({
    attachment,
    works,
    ms: 1,
    reason: works ? null : "the kernel refused",
  }));
  const facts = { kernel: "6.12.1", bpftrace: { version: "0.23.2" }, tracepoints: { "sock/sock_recv_length": eof } };
  return JSON.stringify({ schema: 1, uses: "fentry", facts, attachments, obstacles: [] });
}

type Left = { doctor?: string; tests?: string; code?: number | null; line?: Line };

/** Judges a guest that left this behind. */
function judged({ doctor, tests, code = 0, line = ALL }: Left): Result {
  const folder = mkdtempSync(join(tmpdir(), "sockleak-kernels-test-"));
  try {
    if (doctor !== undefined) writeFileSync(join(folder, "doctor.json"), doctor);
    if (tests !== undefined) writeFileSync(join(folder, "guest-tests.ndjson"), tests);
    return readResult(line, folder, { code, ms: 90_000 });
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const CASES: readonly [string, Left, readonly string[]][] = [
  ["all as expected", { doctor: doctor(ATTACHED), tests: PASSED }, []],
  [
    "an attachment is missing",
    { doctor: doctor({ ...ATTACHED, kprobe: false }), tests: PASSED },
    ["kprobe should work here (KERNELS) and does not"],
  ],
  [
    "one is there that KERNELS does not know",
    { doctor: doctor(ATTACHED), tests: PASSED, line: { ...ALL, expected: ["fentry", "kprobe", "tracepoint"] } },
    ["tracepoint-eof works here: KERNELS should say so"],
  ],
  [
    "a test failed",
    { doctor: doctor(ATTACHED), tests: `${PASSED}{"name":"a","outcome":"failed","why":"because","ms":1}\n`, code: 1 },
    ["a: because"],
  ],
  [
    "the guest hung while a test ran",
    { doctor: doctor(ATTACHED), tests: `${PASSED}{"na`, code: 124 },
    ["the guest ended with 124"],
  ],
  ["the guest died at once", { code: 125 }, ["doctor told nothing", "no test ran"]],
  ["no test ran", { doctor: doctor(ATTACHED), tests: "" }, ["no test ran"]],
];

for (const [name, left, problems] of CASES) {
  test(`a line of KERNELS: ${name}`, () => assert.deepEqual(judged(left).problems, problems));
}

test("the table tells passed, failed and why not", () => {
  const tests = `${PASSED}{"name":"kprobe: y","outcome":"failed","why":"","ms":1}\n`;
  const table = renderTable([judged({ doctor: doctor({ ...ATTACHED, tracepoint: false }), tests })], "2026-11-27");
  assert.equal(
    table.split("\n").at(-1),
    "| 6.12.1 | 0.23.2 | passed | FAILED (1 of 1) | no: the kernel refused | not run | 1.5 | 2026-11-27 |",
  );
});

test("KERNELS reads, names no line twice, and each capability is expected of some line", () => {
  const lines = readLines();
  assert.equal(new Set(lines.map(({ name }) => name)).size, lines.length);
  const expected = new Set<Capability>(lines.flatMap(({ expected }) => expected));
  assert.deepEqual([...expected].sort(), [...CAPABILITIES].sort());
});

test("CI runs each kernel, each bpftrace and each attachment of KERNELS", () => {
  const part = (at: 0 | 1, lines: readonly Line[]) => [...new Set(lines.map(({ name }) => name.split("/")[at]))].sort();
  const lines = readLines();
  const inCi = lines.filter(({ ci }) => ci.length > 0);
  assert.deepEqual(part(0, inCi), part(0, lines));
  assert.deepEqual(part(1, inCi), part(1, lines));
  assert.deepEqual([...new Set(inCi.flatMap(({ ci }) => ci))].sort(), [...ATTACHMENTS].sort());
  for (const { name, ci, expected } of inCi)
    assert.ok(
      ci.every((one) => expected.includes(one)),
      name,
    );
});

test("a line that KERNELS does not have is refused with those that it has", () => {
  assert.deepEqual(
    chooseLines(readLines(), ["6.1/0.23"]).map(({ name }) => name),
    ["6.1/0.23"],
  );
  assert.throws(() => chooseLines(readLines(), ["6.1/0.99"]), /no 6\.1\/0\.99 in KERNELS: .*6\.1\/0\.23/);
});
