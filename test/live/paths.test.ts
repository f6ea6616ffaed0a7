/**
 * Code paths, for real: programs of which one function forgets and its siblings do not, each traced by lean and by full mode.
 * What they print is a table of expected and named sites.
 */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";
import { analyse } from "../../src/analysis/analyse.ts";
import { documentOf } from "../../src/analysis/document.ts";
import type { DocumentSite, FindingsDocument } from "../../src/analysis/findings-document.ts";
import { ownFrames } from "../../src/analysis/own-frames.ts";
import { notesOf } from "../../src/analysis/site-notes.ts";
import { Tracker } from "../../src/model/tracker.ts";
import { type Blamed, javaWithoutFrames, type PathProgram, pathPrograms, STRIPPED } from "../zoo/paths/paths.ts";
import { Running, Trace } from "./sockleak.ts";

const ZOO = fileURLToPath(new URL("../zoo/paths", import.meta.url));
const NAMED_NODE = ["--perf-basic-prof", "--interpreted-frames-native-stack"];
const LEAKED = 23;
const BEATS_MOST = 60;
const THRESHOLDS = { olderThanMs: 1_000, suspectMs: 1_000 };
const into = mkdtempSync(join(tmpdir(), "sockleak-paths-"));
after(() => rmSync(into, { recursive: true, force: true }));

type Ready = { readonly pid: number };

for (const mode of ["lean", "full"] as const) {
  test(`${mode}: the function that forgets is named, and none of its siblings`, async (t) => {
    const argvs = new Map<PathProgram, readonly string[]>();
    for (const program of pathPrograms) {
      if (program.missing === undefined) argvs.set(program, await program.build(into));
      else t.diagnostic(`${program.name}: ${program.missing}`);
    }
    const trace = await Trace.start("--mode", mode, "--sites", "--jit");
    const running = [...argvs].map(([program, argv]) => ({ program, child: new Running<Ready>(argv) }));
    const stood = await Promise.all(
      running.map(async ({ program, child }) => ({ program, pid: (await child.ready).pid })),
    );
    // Every path of those that leak has its names.
    for (const { program, pid } of stood)
      await until(trace, (document) => program.blamed.every((of) => siteOf(document, { pid, of }) !== undefined));
    const document = documentNow(trace);
    await trace.stop();
    await Promise.all(running.map(({ child }) => child.stop()));
    for (const { pid } of stood) rmSync(`/tmp/perf-${pid}.map`, { force: true });
    const lines = stood.flatMap(({ program, pid }) =>
      program.blamed.map((of) => ({
        program,
        of,
        site: siteOf(document, { pid, of }) ?? missing(document, { program, pid, of }),
      })),
    );
    t.diagnostic("PROGRAM  SIDE  EXPECTED  NAMED");
    for (const { program, of, site } of lines) t.diagnostic(line(program, of, site));
    for (const { program, of, site } of lines) check(program, of, site);
  });
}

/** The path is not told; the thread is, and where it stands. */
const UNREADABLE: Blamed = {
  ...{ side: "connect", role: "opened", names: null, file: null, lines: false, dispatcher: false },
  innocent: [],
};

for (const mode of ["lean", "full"] as const) {
  test(`${mode}: of Java without frame pointers the thread is named, the switch, and as a hint where it stands`, async (t) => {
    const argv = await javaWithoutFrames(into);
    const trace = await Trace.start("--mode", mode, "--sites", "--jit");
    const child = new Running<Ready>(argv);
    const { pid } = await child.ready;
    await until(trace, (document) => siteOf(document, { pid, of: UNREADABLE }) !== undefined);
    const document = documentNow(trace);
    const site =
      siteOf(document, { pid, of: UNREADABLE }) ??
      missing(document, { program: { name: "java" }, pid, of: UNREADABLE });
    await Promise.all([trace.stop(), child.stop()]);
    rmSync(`/tmp/perf-${pid}.map`, { force: true });
    const [notes, [main]] = [notesOf([site]).join("\n"), site.standing];
    t.diagnostic(notes.replaceAll("\n", " | "));
    assert.deepEqual([main?.name, main?.leaked], ["main", LEAKED]);
    assert.ok(
      main?.frames.some((frame) => frame.function === "Paths.main" && frame.file === "Paths.java"),
      notes,
    );
    assert.match(
      notes,
      /^a hint only: thread main, which opened 23 of these, stood at Paths\.main \(Paths\.java:\d+\)/,
    );
    assert.match(notes, /JAVA_TOOL_OPTIONS=-XX:\+PreserveFramePointer/);
  });
}

const HANDLER: Blamed = {
  ...{
    side: "accept",
    role: "last-used",
    names: "handleForgotten",
    file: /paths\.mjs$/,
    lines: true,
    dispatcher: false,
  },
  innocent: ["handleAnswered"],
};

for (const mode of ["lean", "full"] as const) {
  test(`${mode}: of an event loop the handler is named that used the socket last`, async (t) => {
    const child = new Running<Ready>([process.execPath, ...NAMED_NODE, join(ZOO, "paths.mjs")]);
    const { pid } = await child.ready;
    const trace = await Trace.start("--mode", mode, "--pid", String(pid), "--last-used");
    await child.ask("go");
    await until(trace, (document) => siteOf(document, { pid, of: HANDLER }) !== undefined);
    const document = documentNow(trace);
    const site =
      siteOf(document, { pid, of: HANDLER }) ?? missing(document, { program: { name: "node" }, pid, of: HANDLER });
    await Promise.all([trace.stop(), child.stop()]);
    rmSync(`/tmp/perf-${pid}.map`, { force: true });
    t.diagnostic(line({ name: "node" }, HANDLER, site));
    check({ name: "node" }, HANDLER, site);
  });
}

function documentNow({ events }: Trace): FindingsDocument {
  const tracker = new Tracker();
  for (const event of events) tracker.apply(event);
  const snapshot = tracker.snapshot(events.at(-1)?.atUs ?? 0);
  return documentOf(analyse(snapshot, THRESHOLDS), snapshot);
}

/** Asked again with each heartbeat, for a minute: what is not told by then is missing. */
async function until(trace: Trace, holds: (document: FindingsDocument) => boolean): Promise<void> {
  let seen = 0;
  for (let beat = 0; beat < BEATS_MOST && !holds(documentNow(trace)); beat++) {
    await trace.until((event) => event.type === "tick" && event.seq > seen, "a finding with its sites");
    seen = trace.events.at(-1)?.seq ?? 0;
  }
}

/** The first, which has most, once all that leaked are told and have names. (A compiler may have unrolled the loop: then there are two.) */
function siteOf(
  { findings }: FindingsDocument,
  { pid, of }: { readonly pid: number; readonly of: Blamed },
): DocumentSite | undefined {
  const finding = findings.find(({ process, side }) => process?.pid === pid && side === of.side);
  const sites = finding?.sites.filter(({ role }) => role === of.role) ?? [];
  const leaked = sites.reduce((sum, site) => sum + site.leaked, 0);
  return leaked === LEAKED && sites.every(({ frames }) => frames.length > 0) ? sites[0] : undefined;
}

type Named = Pick<PathProgram, "name">;

function missing(
  { findings, observed }: FindingsDocument,
  { program, pid, of }: { readonly program: Named; readonly pid: number; readonly of: Blamed },
): never {
  const own = findings.filter(({ process }) => process?.pid === pid);
  const told = own.map(({ side, kind, count, sites }) => ({ side, kind, count, sites: sites.map(summary) }));
  throw new Error(
    `${program.name}: no ${of.side} ${of.role} of ${LEAKED}: ${JSON.stringify({ told, lost: observed.lost })}`,
  );
}

function summary({ role, leaked, opened, frames }: DocumentSite): object {
  return { role, leaked, opened, frames: frames.map((frame) => frame.function) };
}

function check({ name }: Named, { names, file, lines, innocent, dispatcher }: Blamed, site: DocumentSite): void {
  const named = site.frames.map((frame) => frame.function);
  for (const sibling of innocent) assert.ok(!named.includes(sibling), `${name}: ${sibling} has nothing to do with it`);
  assert.equal(site.dispatcher, dispatcher, `${name}: dispatcher`);
  if (names === null) {
    assert.ok(resolvedBy(site).includes("fetch_forgotten"), `${name}: ${resolvedBy(site)}`);
    return;
  }
  const frame = site.frames.find((of) => of.function === names);
  assert.ok(frame !== undefined, `${name}: ${named.join(" < ")}`);
  assert.match(frame.file ?? "", file ?? /^$/, name);
  assert.equal((frame.line ?? 0) > 0, lines, `${name}: its line`);
}

/** By addr2line and the build that has its symbols: what of a stripped program is told must lead there. */
function resolvedBy({ frames }: DocumentSite): readonly string[] {
  const offsets = frames.flatMap(({ object, offset }) =>
    object?.endsWith(STRIPPED.stripped) && offset !== null ? [`0x${offset.toString(16)}`] : [],
  );
  const debug = join(into, STRIPPED.debug);
  return execFileSync("addr2line", ["-f", "-e", debug, ...offsets], { encoding: "utf8" }).split("\n");
}

function line({ name }: Named, { side, names }: Blamed, { frames, dispatcher }: DocumentSite): string {
  const own = ownFrames(frames).map((frame) => frame.function ?? `+0x${frame.offset?.toString(16)}`);
  return `${name}  ${side}  ${names ?? "(no symbols)"}  ${own.join(" < ")}${dispatcher ? " (dispatcher)" : ""}`;
}
