/** `list`, which needs no probes: the census against this kernel's own ss. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { test } from "node:test";
import type { FindingsDocument } from "../../../src/analysis/findings-document.ts";
import { HERE, Program, sockleak } from "./child.ts";

type Counts = Record<string, number>;

/** The states as ss spells them. TIME_WAIT remnants go while we look; LISTEN is `totals.listeners`. */
const SS_STATES: Readonly<Record<string, string>> = {
  ESTAB: "ESTABLISHED",
  "SYN-SENT": "SYN_SENT",
  "FIN-WAIT-1": "FIN_WAIT1",
  "FIN-WAIT-2": "FIN_WAIT2",
  "CLOSE-WAIT": "CLOSE_WAIT",
  "LAST-ACK": "LAST_ACK",
  CLOSING: "CLOSING",
  LISTEN: "LISTEN",
};

test("the census counts what ss counts, in two network namespaces", async () => {
  const netns = `ip link set lo up && exec python3 ${HERE}/workload.py ::1`;
  const programs = [
    new Program<{ pid: number }>("python3", `${HERE}/workload.py`, "127.0.0.1"),
    new Program<{ pid: number }>("unshare", "--net", "sh", "-c", netns),
  ];
  const [, other] = await Promise.all(programs.map(({ ready }) => ready));
  const expected = ssCounts([], ["nsenter", `--net=/proc/${other?.pid}/ns/net`]);
  const { stdout, code } = await sockleak("list", "--json");
  assert.deepEqual(ssCounts([], ["nsenter", `--net=/proc/${other?.pid}/ns/net`]), expected);
  await Promise.all(programs.map((program) => program.stop()));
  const { totals } = JSON.parse(stdout) as FindingsDocument;
  const { TIME_WAIT, LISTEN, ...byState }: Counts = { ...totals.byState };
  assert.equal(code, 0);
  assert.deepEqual({ ...byState, LISTEN: totals.listeners }, expected);
});

function ssCounts(...places: readonly (readonly string[])[]): Counts {
  const counts: Counts = {};
  for (const place of places) {
    const [command = "", ...args] = [...place, "ss", "-Htan"];
    for (const line of execFileSync(command, args, { encoding: "utf8" }).split("\n").filter(Boolean)) {
      const state = SS_STATES[line.split(/\s+/)[0] ?? ""];
      if (state !== undefined) counts[state] = (counts[state] ?? 0) + 1;
    }
  }
  return counts;
}
