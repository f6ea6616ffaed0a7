/** The baseline: findings that are known, by their ids. Only others fail. A file to be committed, so it is stable and readable. */
import { readFileSync } from "node:fs";
import { safeJson } from "../../format/safe-json.ts";
import { CommandError, EXIT } from "../io.ts";

type Entry = { readonly id: string; readonly kind: string; readonly count: number };

/** Errors (CommandError, 2). */
export function readBaseline(path: string, { mayBeMissing }: { readonly mayBeMissing: boolean }): ReadonlySet<string> {
  try {
    const parsed: unknown = JSON.parse(readFileSync(path, "utf8"));
    const { schema, findings } = (parsed ?? {}) as { schema?: unknown; findings?: unknown };
    if (schema !== 1 || !Array.isArray(findings)) throw new Error(`it has no "schema": 1 and "findings"`);
    return new Set(findings.map(idOf));
  } catch (error) {
    if (mayBeMissing && (error as NodeJS.ErrnoException).code === "ENOENT") return new Set();
    const hint = "write it with --baseline FILE --update-baseline";
    throw new CommandError(EXIT.usage, {
      message: `cannot read the baseline ${path}: ${(error as Error).message}`,
      hint,
    });
  }
}

function idOf(entry: unknown, index: number): string {
  const id = (entry as { id?: unknown } | null)?.id;
  if (typeof id !== "string") throw new Error(`finding ${index + 1} has no "id"`);
  return id;
}

/** By id, one a line: what changes shows in a diff. `count` is for people. */
export function printBaseline(findings: readonly Entry[]): string {
  const lines = findings
    .map(({ id, kind, count }) => ({ id, kind, count }))
    .sort((a, b) => (a.id < b.id ? -1 : a.id > b.id ? 1 : 0))
    .map((entry) => `    ${safeJson(entry)}`);
  return `{\n  "schema": 1,\n  "findings": [${lines.length === 0 ? "" : `\n${lines.join(",\n")}\n  `}]\n}\n`;
}
