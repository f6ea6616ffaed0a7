/** 10,000 code paths at once: memory stays what it was, and what has no path is counted. */
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { Tracker } from "../../src/model/tracker.ts";
import { footprintOf } from "../../src/source/footprint.ts";
import { buildMany } from "../zoo/paths/paths.ts";
import { Running, Trace } from "./sockleak.ts";

const PATHS = 10_000;
/** New paths that probes/sites.bt tells: at once, and then in a second. */
const TOLD = { atOnce: 400, aSecond: 100 };
/** Heartbeats until all is told: names of some hundred stacks take some. */
const BEATS = 6;
const GROWTH_MOST_MB = 64;

for (const mode of ["lean", "full"] as const) {
  test(`${mode}: as many paths as connections`, async (t) => {
    const into = mkdtempSync(join(tmpdir(), "sockleak-many-"));
    t.after(() => rmSync(into, { recursive: true, force: true }));
    const program = new Running<{ pid: number }>([await buildMany(into), String(PATHS)]);
    const { pid } = await program.ready;
    const trace = await Trace.start("--mode", mode, "--sites");
    t.after(() => Promise.all([trace.stop(), program.stop()]));
    const [before, heldMb] = [await footprintOf(trace.bpftrace), residentMb(trace.pid)];
    const startMs = performance.now();
    await program.ask("go");
    for (let beat = 0, seen = last(trace); beat < BEATS; beat++, seen = last(trace))
      await trace.until((event) => event.type === "tick" && event.seq > seen);
    const seconds = Math.ceil((performance.now() - startMs) / 1_000);
    const after = await footprintOf(trace.bpftrace);
    const grownMb = residentMb(trace.pid) - heldMb;

    // Full mode that cannot keep up goes on as lean, which takes less.
    assert.ok(after.kernelBytes <= before.kernelBytes, `${before.kernelBytes} before, ${after.kernelBytes} after`);
    const sites = trace.events.filter((event) => event.type === "site" && event.pid === pid);
    const tracker = new Tracker();
    for (const event of trace.events) tracker.apply(event);
    const { code } = tracker.snapshot(trace.events.at(-1)?.atUs ?? 0);
    t.diagnostic(
      `${sites.length} paths told in ${seconds} s, ${code.unsited} calls without one; kernel ${after.kernelBytes} bytes, sockleak ${Math.round(grownMb)} MB more`,
    );
    const most = TOLD.atOnce + (seconds + 1) * TOLD.aSecond;
    assert.ok(sites.length > 0 && sites.length <= most, `${sites.length} sites in ${seconds} s`);
    // Each is opened along a path of its own and closed along another one: what was not told was counted.
    assert.ok(code.unsited >= PATHS - sites.length, `${code.unsited} unsited, ${sites.length} told`);
    assert.equal(code.counted, false, "how many came along each is not told of so many");
    if (mode === "lean") assert.ok(grownMb < GROWTH_MOST_MB, `${grownMb} MB`);
  });
}

function last({ events }: Trace): number {
  return events.at(-1)?.seq ?? 0;
}

function residentMb(pid: number): number {
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]) / 1024;
}
