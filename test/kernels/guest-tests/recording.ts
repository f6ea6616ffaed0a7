/**
 * A short recording of what bpftrace printed, with what the program did that it tells of: decoding stays tested without guests
 * (test/source/recordings.test.ts). Left beside the results; `npm run test:kernels -- --record` keeps it below fixtures/.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { boottimeUs } from "../../../src/host/boottime.ts";
import { HERE, Program, RESULTS } from "./child.ts";
import { judge, type ToldBy, type Workload } from "./judge.ts";
import type { Probes } from "./probes.ts";

/** The first line of a recording; bpftrace's own follow. */
export type About = ToldBy & { readonly workload: Workload };
type Recorded = { readonly fromUs: number; readonly toUs: number; readonly workload: Workload };

/** Stories that take different turns in the kernel, once each. */
const STORIES = ["closed", "exited", "abandoned"];

export async function record(probes: Probes): Promise<Recorded> {
  const fromUs = boottimeUs();
  const program = new Program<Workload>("python3", `${HERE}/workload.py`, "127.0.0.1", ...STORIES);
  const workload = await program.ready;
  const toUs = boottimeUs() + 10_000; // it is told to 10 ms
  await program.stop();
  await probes.upToNow();
  return { fromUs, toUs, workload };
}

/** After the probes' end: what they did not tell as it was. A recording is kept where that is nothing. */
export function keep(probes: Probes, { workload, ...span }: Recorded, by: ToldBy): readonly string[] {
  const { complaints } = judge(probes.lives(), workload, by);
  if (complaints.length > 0) return complaints;
  const about: About = { ...by, workload };
  const folder = join(RESULTS, "recordings");
  mkdirSync(folder, { recursive: true });
  writeFileSync(
    join(folder, `${by.attachment}.ndjson`),
    [JSON.stringify(about), ...probes.printed(span), ""].join("\n"),
  );
  return [];
}
