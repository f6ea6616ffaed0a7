/**
 * Every program of the zoo, started before sockleak, in the host's and in another network namespace, over IPv4, IPv6 and
 * v4-mapped: `list --json` names process, kind, count and peers of each, and calls no innocent a leak. Prints the table.
 *
 * All programs of a row of the matrix stand at once, and one `list --watch` looks at them, since a socket that TCP has
 * closed has no age but the time since the first look.
 */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readdirSync, readlinkSync } from "node:fs";
import { test } from "node:test";
import type { DocumentFinding, FindingsDocument } from "../../src/analysis/findings-document.ts";
import { whyNotBuild } from "../zoo/build.ts";
import type { Address, Program } from "../zoo/program.ts";
import { programs } from "../zoo/programs.ts";
import { type Running, type StartOptions, startZoo, ZooUnavailable } from "../zoo/start.ts";
import { listUntil } from "./list.ts";

const OLDER_THAN_MS = 5_000;
/** After the first look: what has no other age is older than that by then. */
const WATCHED_US = (OLDER_THAN_MS + 1_500) * 1000;
/** Of those that become more, so many are too young to be told at any time (pool-growing: its sockets in CLOSE_WAIT). */
const YOUNG = 18;
const AT_ONCE = 6;
/** They hold their state for 20 s, so they come last. */
const SHORT: ReadonlySet<string> = new Set(["half-close", "proxy"]);

type Stood = { readonly program: Program; readonly zoo: Running; readonly netns: number };
type Line = { readonly name: string; readonly wanted: string; readonly found: string; readonly wrong: string };

const MATRIX: readonly { readonly address: Address; readonly ownNamespace: boolean }[] = [
  { address: "127.0.0.1", ownNamespace: false },
  { address: "::1", ownNamespace: false },
  { address: "::ffff:127.0.0.1", ownNamespace: false },
  { address: "127.0.0.1", ownNamespace: true },
  { address: "::1", ownNamespace: true },
];

for (const { address, ownNamespace } of MATRIX) {
  const where = `over ${address} in ${ownNamespace ? "another network namespace" : "the host's network namespace"}`;
  test(`the zoo ${where}`, async (t) => {
    const netns = ownNamespace ? makeNamespace() : undefined;
    const missing: string[] = [];
    const stood = await startAll({ address, ...(netns !== undefined && { netns }) }, missing);
    try {
      const document = await listUntil(
        ["--older-than", `${OLDER_THAN_MS}ms`, "--sockets", "100000", "--watch", "2500ms"],
        (first, now) => now.observed.toUs - first.observed.toUs >= WATCHED_US,
      );
      const lines = stood.map((one) => judge(one, document));
      for (const line of [heading, ...lines]) t.diagnostic(printLine(line));
      for (const why of missing) t.diagnostic(`not run: ${why}`);
      assert.deepEqual(
        lines.filter(({ wrong }) => wrong !== "").map(({ name, wrong }) => `${name}: ${wrong}`),
        [],
      );
      assert.ok(stood.length >= 30, `${stood.length} programs ran`);
    } finally {
      await Promise.all(stood.map(({ zoo }) => zoo.stop()));
      if (netns !== undefined) execFileSync("ip", ["netns", "del", netns]);
    }
  });
}

function makeNamespace(): string {
  const netns = `sockleak-${process.pid}`;
  execFileSync("ip", ["netns", "add", netns]);
  execFileSync("nsenter", [`--net=/run/netns/${netns}`, "ip", "link", "set", "lo", "up"]);
  return netns;
}

async function startAll(options: StartOptions, missing: string[]): Promise<readonly Stood[]> {
  const stood: Stood[] = [];
  const start = async (program: Program) => {
    const why = whyNotBuild(program);
    if (why !== null) return void missing.push(`${program.name}: ${why}`);
    try {
      const zoo = await startZoo(program.name, options);
      stood.push({ program, zoo, netns: namespaceOf(zoo) });
    } catch (error) {
      if (!(error instanceof ZooUnavailable)) throw error;
      missing.push(error.message);
    }
  };
  try {
    const queue = programs.filter(({ name }) => !SHORT.has(name));
    const worker = async () => {
      for (let next = queue.shift(); next !== undefined; next = queue.shift()) await start(next);
    };
    await Promise.all(Array.from({ length: AT_ONCE }, worker));
    await Promise.all(programs.filter(({ name }) => SHORT.has(name)).map(start));
  } catch (error) {
    await Promise.all(stood.map(({ zoo }) => zoo.stop()));
    throw error;
  }
  return stood;
}

/** By its latest thread: a leader that has ended has none. */
function namespaceOf({ pid }: Running): number {
  const tid = Math.max(...readdirSync(`/proc/${pid}/task`).map(Number));
  return Number(/\d+/.exec(readlinkSync(`/proc/${pid}/task/${tid}/ns/net`))?.[0]);
}

/** The findings that are about this program: its process's, or its ports'. */
function findingsOf(stood: Stood, document: FindingsDocument): readonly DocumentFinding[] {
  const { program, zoo } = stood;
  const ports = new Set([zoo.port, ...((zoo.info.ports as number[] | undefined) ?? [])]);
  const side = program.expected.side === "accept" ? "local" : "remote";
  const { netns } = stood;
  return document.findings.filter(
    ({ process, sockets }) =>
      process?.pid === zoo.pid ||
      sockets.some((socket) => socket.netns === netns && ports.has(socket[side]?.port ?? -1)),
  );
}

function judge(stood: Stood, document: FindingsDocument): Line {
  const { program } = stood;
  const { census: kinds, leak, count } = program.expected;
  const of = findingsOf(stood, document);
  const shown = of.filter((finding) => finding.leak || kinds.includes(finding.kind));
  return {
    name: program.name,
    wanted: kinds.length === 0 ? "nothing" : `${kinds[0]} ${count}${leak ? "" : ", no leak"}`,
    found:
      shown
        .map((found) => `${found.kind} ${found.count}, ${found.leak ? "leak" : "no leak"}, ${found.confidence}`)
        .join("; ") || "nothing",
    wrong: leak && kinds.length > 0 ? wrongWithLeak(stood, of) : wrongWithInnocent(of),
  };
}

function wrongWithInnocent(of: readonly DocumentFinding[]): string {
  return of
    .filter((finding) => finding.leak)
    .map(({ kind, count, because }) => `called a leak: ${kind} ${count}, ${because}`)
    .join("; ");
}

function wrongWithLeak({ program, zoo }: Stood, of: readonly DocumentFinding[]): string {
  const { census: kinds, count, moves, side, peers } = program.expected;
  const leaks = of.filter((finding) => finding.leak);
  const counted = leaks.reduce((sum, finding) => sum + finding.count, 0);
  const wrong: string[] = [];
  if (moves === undefined ? counted !== count : counted < count - YOUNG) wrong.push(`${counted} of ${count} sockets`);
  // Where several hold a socket, the one that opened it is named, and all of them are told.
  const pids = [zoo.pid, zoo.info.opener];
  for (const { kind, process, side: told, peers: towards, peersOmitted, because, sockets } of leaks) {
    if (!kinds.includes(kind)) wrong.push(`${kind}: ${because}`);
    if (!isOwnerless(program) && !pids.includes(process?.pid)) wrong.push(`process ${process?.pid} is not ${zoo.pid}`);
    if (told !== side) wrong.push(`the ${told} side`);
    if (peers !== undefined && towards.length + peersOmitted !== peers)
      wrong.push(`${towards.length} of ${peers} peers`);
    const held = (socket: (typeof sockets)[number]) => socket.holders.some(({ pid }) => pid === zoo.pid);
    if (program.shown.holder === "process" && !sockets.every(held)) wrong.push(`${zoo.pid} is no holder`);
  }
  return [...new Set(wrong)].join("; ");
}

/** Nobody holds a socket in flight, and nothing tells who sent it. */
function isOwnerless({ name }: Program): boolean {
  return name === "in-flight";
}

const heading: Line = { name: "PROGRAM", wanted: "EXPECTED", found: "FOUND", wrong: "" };

function printLine({ name, wanted, found, wrong }: Line): string {
  return `${name.padEnd(22)} ${wanted.padEnd(26)} ${found}${wrong === "" ? "" : `   WRONG: ${wrong}`}`;
}
