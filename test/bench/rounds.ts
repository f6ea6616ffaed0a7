/** Rounds of a census, of the scopes asked for; a JSON line each. For census.ts, which builds it. */
import { readFileSync } from "node:fs";
import { monitorEventLoopDelay, performance } from "node:perf_hooks";
import { boottimeUs } from "../../src/host/boottime.ts";
import { Census } from "../../src/host/census/census.ts";
import type { Scope } from "../../src/host/census/dump.ts";
import { localHost } from "../../src/host/local.ts";

const RESOLUTION_MS = 5;

function peakMb(): number {
  return Number(/VmHWM:\s+(\d+)/.exec(readFileSync("/proc/self/status", "utf8"))?.[1]) / 1024;
}

const census = new Census({ host: localHost, clockUs: boottimeUs });
for (const scope of process.argv.slice(2) as Scope[]) {
  const delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  delay.enable();
  const from = performance.now();
  const round = (await census.round(scope)).at(-1);
  const ms = performance.now() - from;
  delay.disable();
  if (round?.type !== "round") throw new Error("a round ends with itself");
  const { costMs, why, sockets } = round;
  const blockedMs = delay.max / 1e6 - RESOLUTION_MS;
  console.log(JSON.stringify({ scope, ms, blockedMs, peakMb: peakMb(), costMs, sockets, why }));
}
await census.close();
