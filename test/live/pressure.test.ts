/** Full mode that cannot keep up: it goes on as lean, comes back when there is less to tell, and says both. */
import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";
import type { Event } from "../../src/model/event.ts";
import { Trace } from "./sockleak.ts";

const SOURCE = fileURLToPath(new URL("../bench/c/churn.c", import.meta.url));
/** Of a buffer that two thousand lines fill, thousands of connections a second lose some. */
const BUFFER = "256K";
/** The load ends by itself, whatever becomes of the test. */
const LOAD_MAX_S = 60;
/** How much traffic was too much is what is counted in so many seconds (src/source/pressure.ts); one more. */
const MEASURED_TICKS = 6;

const folder = mkdtempSync(join(tmpdir(), "sockleak-pressure-"));
after(() => rmSync(folder, { recursive: true, force: true }));

const isMode = (mode: string) => (event: Event) =>
  event.type === "recording" && event.attachment !== "census" && event.mode === mode;

test("too much traffic turns full mode to lean, and calm turns it back; each is a gap", async (t) => {
  const churn = join(folder, "churn");
  execFileSync("gcc", ["-std=gnu11", "-O2", "-pthread", SOURCE, "-o", churn]);
  const trace = await Trace.start("--mode", "full", "--buffer", BUFFER);
  const alone = `ip link set lo up && exec "$0" ${LOAD_MAX_S} 0`;
  const load = spawn("unshare", ["--net", "sh", "-c", alone, churn], { stdio: "ignore" });
  t.after(() => load.kill("SIGKILL"));
  await trace.until(isMode("lean"), "lean mode");
  const since = trace.events.findIndex(isMode("lean"));
  const ticks = () => trace.events.slice(since).filter(({ type }) => type === "tick").length;
  await trace.until(() => ticks() >= MEASURED_TICKS, "the traffic is counted");
  const ended = once(load, "close");
  load.kill("SIGKILL");
  await ended;
  await trace.until((event) => isMode("full")(event) && trace.events.indexOf(event) > since, "full mode again");
  const events = await trace.stop();

  const begun = events.flatMap((event) =>
    event.type === "recording" && event.attachment !== "census" ? [event.mode] : [],
  );
  assert.deepEqual(begun, ["full", "lean", "full"]);
  const gaps = events.flatMap((event) => (event.type === "gap" ? [event] : []));
  const switches = gaps.filter(({ why }) => why === "overload").map(({ text }) => text);
  t.diagnostic(`${gaps.filter(({ why }) => why === "lost").length} losses told; ${switches.join("; ")}`);
  assert.ok(gaps.some(({ why, lost }) => why === "lost" && lost !== null && lost > 0));
  assert.equal(switches.length, 2);
});
