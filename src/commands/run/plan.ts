/** What the gate is told beforehand, read before the command starts: a mistake in a file costs no test run. */
import { readFileSync } from "node:fs";
import type { Suppression } from "../../gate/known.ts";
import { CommandError, EXIT } from "../io.ts";
import { readBaseline } from "./baseline.ts";
import type { RunOptions } from "./options.ts";
import { formatOf, type OutputFormat } from "./output.ts";
import { parseSuppressions } from "./suppressions.ts";

export type Plan = {
  readonly baseline: ReadonlySet<string>;
  readonly suppressions: readonly Suppression[];
  /** Of --output. */
  readonly format: OutputFormat | null;
};

/** Errors (CommandError, 2): a file that cannot be read, or says what it must not. */
export function readPlan({ baseline, updateBaseline, suppressions, output }: RunOptions): Plan {
  if (updateBaseline && baseline === undefined) {
    const hint = "--baseline sockleak-baseline.json --update-baseline";
    throw new CommandError(EXIT.usage, { message: "--update-baseline goes with --baseline: which file?", hint });
  }
  return {
    baseline: baseline === undefined ? new Set() : readBaseline(baseline, { mayBeMissing: updateBaseline === true }),
    suppressions: suppressions === undefined ? [] : parseSuppressions(readText(suppressions), suppressions),
    format: output === undefined ? null : formatOf(output),
  };
}

function readText(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    throw new CommandError(EXIT.usage, { message: `cannot read the suppressions: ${(error as Error).message}` });
  }
}
