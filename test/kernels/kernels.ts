/** The lines of KERNELS, and which of them were asked for. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { CAPABILITIES, type Capability } from "./capabilities.ts";

export type Line = {
  /** kernel/bpftrace */
  readonly name: string;
  /** What the pair must be able to do, and must not be more: then the line is out of date. */
  readonly expected: readonly Capability[];
  /** CI runs it. */
  readonly ci: boolean;
};

export function readLines(): readonly Line[] {
  const text = readFileSync(join(import.meta.dirname, "KERNELS"), "utf8");
  return text
    .split("\n")
    .filter((line) => /^\s*[^#\s]/.test(line))
    .map(toLine);
}

function toLine(text: string): Line {
  const [name = "", , , expected = "", ci] = text.trim().split(/\s+/);
  if (ci !== undefined && ci !== "ci") throw new Error(`KERNELS: ${name}: "${ci}" is not ci`);
  const capabilities = expected === "none" ? [] : expected.split(",").map((word) => toCapability(name, word));
  return { name, expected: capabilities, ci: ci === "ci" };
}

function toCapability(name: string, word: string): Capability {
  const found = CAPABILITIES.find((capability) => capability === word);
  if (found === undefined)
    throw new Error(`KERNELS: ${name}: "${word}" is none of ${CAPABILITIES.join(", ")} (or none)`);
  return found;
}

/** All, without names. */
export function chooseLines(lines: readonly Line[], names: readonly string[]): readonly Line[] {
  const unknown = names.filter((wanted) => !lines.some(({ name }) => name === wanted));
  if (unknown.length > 0)
    throw new Error(`no ${unknown.join(", ")} in KERNELS: ${lines.map(({ name }) => name).join(" ")}`);
  return names.length === 0 ? lines : lines.filter(({ name }) => names.includes(name));
}
