/** Code paths: by each attachment that works here and in both modes, the functions that forget are named, and their siblings are not. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import type { SiteEvent } from "../../../src/model/site.ts";
import { FULL, type Probing } from "../../../src/source/script.ts";
import { Namer } from "../../../src/symbols/namer.ts";
import { ATTACHMENTS } from "../capabilities.ts";
import { Program, without } from "./child.ts";
import { Probes } from "./probes.ts";

const BUILT = `${process.env.SOCKLEAK_ZOO_BUILT}/paths`;
/** Debian 12's Python is 3.11, which makes its functions visible to nobody. Of a later one than 3.14 nobody knows here how its stacks are. */
const PERF_PYTHON = ["-c", "import sys; sys.activate_stack_trampoline('perf'); sys.exit(sys.version_info >= (3, 15))"];
const FORGOTTEN = 23;
/** Heartbeats for what is told a suspect age later. */
const BEATS_MOST = 30;
const INNOCENT = ["fetch_closed", "order_answered", "order_forgotten", "handle_answered", "hang_up"];

for (const attachment of ATTACHMENTS) {
  for (const mode of ["lean", "full"] as const) {
    test(`${attachment}, ${mode}: who opened what is forgotten`, { skip: without(attachment) }, async (t) => {
      const probing: Probing = { ...FULL, mode, suspectMs: 1_000 };
      const probes = await Probes.attach(attachment, probing);
      const namer = new Namer();
      t.after(() => Promise.all([namer.end(), probes.stop()]));
      for (const [name, ...argv] of programs()) {
        const { told, named } = await watched(argv, { probes, namer });
        const forgotten = named.filter(({ functions }) => functions.includes("fetch_forgotten"));
        const wrong = forgotten.filter(({ functions }) => INNOCENT.some((innocent) => functions.includes(innocent)));
        assert.deepEqual(wrong, [], name);
        const numbers = new Set(forgotten.map(({ site }) => site));
        const right = told.filter((site) => numbers.has(site)).length;
        t.diagnostic(`${name}: ${right} of ${told.length} opened at fetch_forgotten, of ${named.length} sites`);
        assert.ok(right >= FORGOTTEN, `${name}: ${JSON.stringify({ right, named, told, gaps: probes.gaps })}`);
      }
    });
  }
}

function programs(): readonly (readonly [name: string, command: string, ...args: string[]])[] {
  const hasPython = spawnSync("python3", PERF_PYTHON).status === 0;
  return [
    ["c", `${BUILT}/c`],
    ["c-no-frames", `${BUILT}/c-no-frames`],
    ...(hasPython ? [["python", "python3", "-X", "perf", `${BUILT}/paths.py`] as const] : []),
  ];
}

type Named = { readonly site: number; readonly functions: readonly (string | null)[] };

/** The sites of the connections that a program opened, in order, and what functions are on each of its stacks. */
async function watched(
  [command = "", ...args]: readonly string[],
  { probes, namer }: { readonly probes: Probes; readonly namer: Namer },
): Promise<{ readonly told: readonly number[]; readonly named: readonly Named[] }> {
  const program = new Program<{ pid: number; port: number }>(command, ...args);
  const { pid, port } = await program.ready;
  await probes.upToNow();
  const opened = () => clientSites(probes, port).get(pid) ?? [];
  for (let beat = 0; beat < BEATS_MOST && opened().length < FORGOTTEN; beat++) await probes.upToNow();
  const told = opened();
  const sites = probes.events.filter((event): event is SiteEvent => event.type === "site" && event.pid === pid);
  const named = await Promise.all(
    sites.map(async (site) => ({ site: site.site, functions: (await namer.name(site)).frames.map((f) => f.function) })),
  );
  await program.stop();
  return { told, named };
}

/** By process: the site of each socket that was opened towards this port. */
function clientSites({ events }: Probes, port: number): ReadonlyMap<number, readonly number[]> {
  const pids = new Map<number, number>();
  for (const event of events) if (event.type === "site") pids.set(event.site, event.pid);
  const sites = new Map<number, number[]>();
  for (const event of events) {
    if (event.type !== "path" || event.role !== "opened" || event.remote?.port !== port) continue;
    const pid = pids.get(event.site) ?? 0;
    sites.set(pid, [...(sites.get(pid) ?? []), event.site]);
  }
  return sites;
}
