/** `list`, which needs no probes: the census against this kernel's own ss, and programs of the zoo. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { createInterface } from "node:readline";
import { test } from "node:test";
import type { FindingsDocument } from "../../../src/analysis/findings-document.ts";
import type { Program as Zoo } from "../../zoo/program.ts";
import { programNamed } from "../../zoo/programs.ts";
import type { Running } from "../../zoo/start.ts";
import { HERE, Program, sockleak, startSockleak } from "./child.ts";
import { startOrSkip } from "./zoo.ts";

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
const ZOO = ["never-accepted", "read-off", "ignored-c", "held-exec-both", "gone-reset", "io-uring"];
const INNOCENTS = ["prefork", "idle-established"];
const OLDER_THAN_MS = 5_000;
/** After the first look: what has no other age is older than that by then. */
const WATCHED_US = (OLDER_THAN_MS + 1_500) * 1000;

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

test("programs of the zoo are named with kind and count by list --json, and innocents are not", async (t) => {
  const running = new Map<string, Running>();
  const start = async (name: string) => {
    const zoo = await startOrSkip(name);
    if (typeof zoo === "string") t.diagnostic(zoo);
    else running.set(name, zoo);
  };
  await Promise.all([...ZOO, ...INNOCENTS].map(start));
  const document = await watched(["--older-than", `${OLDER_THAN_MS}ms`, "--sockets", "1000"]);
  const lines = [...running].map(([name, zoo]) => [name, foundOf(document, zoo)] as const);
  for (const [name, found] of lines) t.diagnostic(`${name}: ${found}`);
  await Promise.all([...running.values()].map((zoo) => zoo.stop()));
  const expected = ({ expected: { leak, census }, count }: Zoo) => (leak ? `${census[0]} ${count}` : "");
  assert.deepEqual(
    lines,
    [...running.keys()].map((name) => [name, expected(programNamed(name))]),
  );
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

/** The first document of a `list --watch` that has watched for long enough. */
async function watched(args: readonly string[]): Promise<FindingsDocument> {
  const child = startSockleak("list", "--json", "--watch", "2500ms", ...args);
  let firstUs: number | undefined;
  for await (const line of createInterface({ input: child.stdout as NodeJS.ReadableStream })) {
    const document = JSON.parse(line) as FindingsDocument;
    firstUs ??= document.observed.toUs;
    if (document.observed.toUs - firstUs < WATCHED_US) continue;
    child.kill("SIGTERM");
    return document;
  }
  throw new Error("list ended too early");
}

/** Kind and count of each leak found in a program, by its port: not every socket has a process. */
function foundOf({ findings }: FindingsDocument, { pid, port }: Running): string {
  const own = findings.filter(
    ({ leak, process, sockets }) => leak && (process?.pid === pid || sockets.some(({ local }) => local?.port === port)),
  );
  return own.map(({ kind, count }) => `${kind} ${count}`).join(", ");
}
