/** The zoo under `list`: starts its programs, and holds what a findings document says of each against its line in programs.ts. */
import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import type { Kind } from "../../src/analysis/finding.ts";
import type { DocumentFinding, FindingsDocument } from "../../src/analysis/findings-document.ts";
import { whyNotBuild } from "./build.ts";
import type { Program } from "./program.ts";
import { type Running, type StartOptions, startZoo, ZooUnavailable } from "./start.ts";

/** Of those that become more, so many are too young to be told at any time (pool-growing: its sockets in CLOSE_WAIT). */
const YOUNG = 18;
const AT_ONCE = 6;
/** They hold their state for 20 s, so they come last. */
const SHORT: ReadonlySet<string> = new Set(["half-close", "proxy"]);

export type Stood = { readonly program: Program; readonly zoo: Running; readonly netns: number };
export type Line = { readonly name: string; readonly wanted: string; readonly found: string; readonly wrong: string };

/** All that can run here; `missing` gets the reasons of the others. On an error none is left running. */
export async function startAll(
  programs: readonly Program[],
  options: StartOptions,
  missing: string[],
): Promise<readonly Stood[]> {
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
    await allEnded(Array.from({ length: AT_ONCE }, worker));
    await allEnded(programs.filter(({ name }) => SHORT.has(name)).map(start));
  } catch (error) {
    await Promise.all(stood.map(({ zoo }) => zoo.stop()));
    throw error;
  }
  return stood;
}

/** Throws the first error, when none is under way any more: what was started meanwhile is known by then. */
async function allEnded(starts: readonly Promise<void>[]): Promise<void> {
  for (const end of await Promise.allSettled(starts)) if (end.status === "rejected") throw end.reason;
}

/** By its latest thread: a leader that has ended has none. */
function namespaceOf({ pid }: Running): number {
  const tid = Math.max(...readdirSync(`/proc/${pid}/task`).map(Number));
  return Number(/\d+/.exec(readlinkSync(`/proc/${pid}/task/${tid}/ns/net`))?.[0]);
}

/** The findings that are about this program: its process's, or its ports'. */
export function findingsOf(stood: Stood, document: FindingsDocument): readonly DocumentFinding[] {
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

/** `wrong` is empty where the document says what the table wants of a census alone, or of probes besides. */
export function judge(stood: Stood, document: FindingsDocument, by: "census" | "trace" = "census"): Line {
  const { program } = stood;
  const { leak, count } = program.expected;
  const kinds = program.expected[by];
  const of = findingsOf(stood, document);
  const shown = of.filter((finding) => finding.leak || kinds.includes(finding.kind));
  return {
    name: program.name,
    wanted: kinds.length === 0 ? "nothing" : `${kinds[0]} ${count}${leak ? "" : ", no leak"}`,
    found:
      shown
        .map((found) => `${found.kind} ${found.count}, ${found.leak ? "leak" : "no leak"}, ${found.confidence}`)
        .join("; ") || "nothing",
    wrong: leak && kinds.length > 0 ? wrongWithLeak(stood, of, kinds) : wrongWithInnocent(of),
  };
}

function wrongWithInnocent(of: readonly DocumentFinding[]): string {
  return of
    .filter((finding) => finding.leak)
    .map(({ kind, count, because }) => `called a leak: ${kind} ${count}, ${because}`)
    .join("; ");
}

function wrongWithLeak(stood: Stood, of: readonly DocumentFinding[], kinds: readonly Kind[]): string {
  const { program, zoo } = stood;
  const { count, moves, side, peers } = program.expected;
  const leaks = of.filter((finding) => finding.leak);
  const counted = leaks.reduce((sum, finding) => sum + countOf(finding, stood), 0);
  const wrong: string[] = [];
  if (moves === undefined ? counted !== count : counted < count - YOUNG)
    wrong.push(`${counted} of ${count} sockets`, ...of.filter((finding) => !finding.leak).map(besides));
  // Where several hold a socket, the one that opened it is named, and all of them are told.
  const pids = [zoo.pid, zoo.info.opener];
  for (const { kind, process, side: told, peers: towards, peersOmitted, because, sockets } of leaks) {
    if (!kinds.includes(kind)) wrong.push(`${kind}: ${because}`);
    if (!isOwnerless(stood) && !pids.includes(process?.pid ?? 0))
      wrong.push(`process ${process?.pid} is not ${zoo.pid}`);
    if (told !== side) wrong.push(`the ${told} side`);
    if (peers !== undefined && towards.length + peersOmitted !== peers)
      wrong.push(`${towards.length} of ${peers} peers`);
    // Of those that become more, a probe has told some that no census has looked at yet.
    const held = ({ holders }: (typeof sockets)[number]) =>
      holders.some(({ pid }) => pid === zoo.pid) || (moves !== undefined && holders.length === 0);
    if (program.shown.holder === "process" && !sockets.every(held)) wrong.push(`${zoo.pid} is no holder`);
  }
  return [...new Set(wrong)].join("; ");
}

function besides({ kind, count, because }: DocumentFinding): string {
  return `besides: ${kind} ${count}, ${because}`;
}

/** What nobody holds is one finding, whoever it was. */
function countOf({ process, count, sockets }: DocumentFinding, { zoo }: Stood): number {
  return process === null ? sockets.filter(({ local }) => local?.port === zoo.port).length : count;
}

/**
 * Nobody holds a socket in flight, and nothing tells who sent it. A ring's direct descriptors are told by their inodes on Linux 6.18,
 * and as "TCP" on 6.12 (io_uring/fdinfo.c; measured).
 */
function isOwnerless({ program, zoo }: Stood): boolean {
  if (program.name !== "io-uring") return program.name === "in-flight";
  return !readFileSync(`/proc/${zoo.pid}/fdinfo/${zoo.info.ringFd}`, "utf8").includes("socket:[");
}

export const heading: Line = { name: "PROGRAM", wanted: "EXPECTED", found: "FOUND", wrong: "" };

export function printLine({ name, wanted, found, wrong }: Line): string {
  return `${name.padEnd(22)} ${wanted.padEnd(26)} ${found}${wrong === "" ? "" : `   WRONG: ${wrong}`}`;
}
