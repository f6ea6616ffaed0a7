/** What a guest left behind, and what is wrong with it. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { DoctorDocument } from "../../src/report/doctor-text.ts";
import { CAPABILITIES, type Capability, capabilitiesOf } from "./capabilities.ts";
import type { Line } from "./kernels.ts";
import type { Outcome } from "./reporter.ts";

export type Result = {
  readonly line: Line;
  readonly ms: number;
  readonly doctor: DoctorDocument | null;
  /** What doctor found; null: it did not get so far. */
  readonly found: readonly Capability[] | null;
  readonly tests: readonly Outcome[];
  /** None: the line passed. */
  readonly problems: readonly string[];
};

/** Of the tests, by in-guest: a file for each folder of them. */
const REPORTS = ["guest-tests.ndjson", "for-good.ndjson", "with-systemd.ndjson"];

/** The guest's own end: node --test's exit code, or guest's (124: hung, 125: died). */
export type End = { readonly code: number | null; readonly ms: number };

export function readResult(line: Line, folder: string, { code, ms }: End): Result {
  const doctor = parsed<DoctorDocument>(read(join(folder, "doctor.json")))[0] ?? null;
  const tests = REPORTS.flatMap((name) => parsed<Outcome>(read(join(folder, name))));
  const found = doctor && capabilitiesOf(doctor);
  const failed = tests.filter(({ outcome }) => outcome === "failed").map(({ name, why }) => `${name}: ${why}`);
  const problems = [...failed, ...(found === null ? ["doctor told nothing"] : differences(line, found))];
  if (tests.length === 0) problems.push("no test ran");
  if (code !== 0 && problems.length === 0) problems.push(`the guest ended with ${code}`);
  return { line, ms, doctor, found, tests, problems };
}

function differences({ expected }: Line, found: readonly Capability[]): readonly string[] {
  const missing = CAPABILITIES.filter((one) => expected.includes(one) && !found.includes(one));
  const extra = CAPABILITIES.filter((one) => !expected.includes(one) && found.includes(one));
  return [
    ...missing.map((one) => `${one} should work here (KERNELS) and does not`),
    ...extra.map((one) => `${one} works here: KERNELS should say so`),
  ];
}

/** A guest that was killed leaves half a line. */
function parsed<T>(text: string): readonly T[] {
  return text.split("\n").flatMap((line) => {
    try {
      return [JSON.parse(line) as T];
    } catch {
      return [];
    }
  });
}

function read(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}
