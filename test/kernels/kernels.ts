/** The lines of KERNELS, and which of them were asked for. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { ATTACHMENTS, CAPABILITIES, type Capability, type GuestAttachment } from "./capabilities.ts";

export type Line = {
  /** kernel/bpftrace */
  readonly name: string;
  /** What the pair must be able to do, and must not be more: then the line is out of date. */
  readonly expected: readonly Capability[];
  /** By which CI holds the contract there; none: CI does not run the line. */
  readonly ci: readonly GuestAttachment[];
};

export function readLines(): readonly Line[] {
  const text = readFileSync(join(import.meta.dirname, "KERNELS"), "utf8");
  return text
    .split("\n")
    .filter((line) => /^\s*[^#\s]/.test(line))
    .map(toLine);
}

function toLine(text: string): Line {
  const [name = "", , , expected = "", ci = "none"] = text.trim().split(/\s+/);
  return {
    name,
    expected: toWords(CAPABILITIES, { name, text: expected }),
    ci: toWords(ATTACHMENTS, { name, text: ci }),
  };
}

function toWords<T extends string>(all: readonly T[], { name, text }: { name: string; text: string }): readonly T[] {
  const words = text === "none" ? [] : text.split(",");
  return words.map((word) => {
    const found = all.find((one) => one === word);
    if (found === undefined) throw new Error(`KERNELS: ${name}: "${word}" is none of ${all.join(", ")} (or none)`);
    return found;
  });
}

/** All, without names. */
export function chooseLines(lines: readonly Line[], names: readonly string[]): readonly Line[] {
  const unknown = names.filter((wanted) => !lines.some(({ name }) => name === wanted));
  if (unknown.length > 0)
    throw new Error(`no ${unknown.join(", ")} in KERNELS: ${lines.map(({ name }) => name).join(" ")}`);
  return names.length === 0 ? lines : lines.filter(({ name }) => names.includes(name));
}
