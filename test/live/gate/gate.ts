/** `sockleak run` as a process, with the findings document that it writes. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after } from "node:test";
import { fileURLToPath } from "node:url";
import type { GateDocument, GateDocumentFinding } from "../../../src/gate/document.ts";
import { type Output, sockleak } from "../sockleak.ts";

const directory = mkdtempSync(join(tmpdir(), "sockleak-gate-"));
after(() => rmSync(directory, { recursive: true }));
let runs = 0;

export function scratch(name: string): string {
  return join(directory, name);
}

export function program(name: string): string {
  return fileURLToPath(new URL(name, import.meta.url));
}

export type Gated = Output & { readonly document: GateDocument };

/** `options`, then the command behind --. */
export async function gate(options: readonly string[], ...command: readonly string[]): Promise<Gated> {
  const file = scratch(`${++runs}.json`);
  const output = await sockleak("run", "--output", file, ...options, "--", ...command);
  return { ...output, document: JSON.parse(readFileSync(file, "utf8")) as GateDocument };
}

export function leaks(...args: readonly string[]): readonly string[] {
  return ["python3", program("leaks.py"), ...args];
}

/** What a test says of a finding: the rest is words. */
export function brief({ kind, count, program: name, processes, fails }: GateDocumentFinding) {
  return { kind, count, program: name, processes, fails };
}
