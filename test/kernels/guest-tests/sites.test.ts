/** Code paths: by each attachment that works here and in both modes, the functions that forget are named, and their siblings are not. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { SiteEvent } from "../../../src/model/site.ts";
import { FULL, type Probing } from "../../../src/source/script.ts";
import { Namer } from "../../../src/symbols/namer.ts";
import { ATTACHMENTS } from "../capabilities.ts";
import { Program, without } from "./child.ts";
import { Probes } from "./probes.ts";

const BUILT = `${process.env.SOCKLEAK_ZOO_BUILT}/paths`;
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
      for (const name of ["c", "c-no-frames"]) {
        const program = new Program<{ pid: number; port: number }>(`${BUILT}/${name}`);
        const { pid, port } = await program.ready;
        const opened = () => clientSites(probes, port);
        for (let beat = 0; beat < BEATS_MOST && (opened().get(pid)?.length ?? 0) < FORGOTTEN; beat++)
          await probes.upToNow();
        const sites = probes.events.filter((event): event is SiteEvent => event.type === "site" && event.pid === pid);
        const named = await Promise.all(
          sites.map(async (site) => ({
            site: site.site,
            functions: (await namer.name(site)).frames.map((f) => f.function),
          })),
        );
        const told = opened().get(pid) ?? [];
        const forgotten = named.filter(({ functions }) => functions.includes("fetch_forgotten"));
        for (const { functions } of forgotten)
          for (const innocent of INNOCENT)
            assert.ok(!functions.includes(innocent), `${innocent} in ${functions.join(" < ")}`);
        const numbers = new Set(forgotten.map(({ site }) => site));
        const right = told.filter((site) => numbers.has(site)).length;
        t.diagnostic(`${name}: ${right} of ${told.length} opened at fetch_forgotten, of ${sites.length} sites`);
        assert.ok(right >= FORGOTTEN, `${name}: ${right} of ${FORGOTTEN} at fetch_forgotten; ${JSON.stringify(named)}`);
        await program.stop();
      }
      await namer.end();
      await probes.stop();
    });
  }
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
