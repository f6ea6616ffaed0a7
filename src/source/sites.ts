/**
 * Code paths beside the rest: probes/sites.bt becomes part of the script of an attachment and mode, so that one bpftrace tells all.
 *
 * bpftrace 0.17 takes one BEGIN and one END: those of both scripts become one. Lean prints a socket's path only when the socket
 * is told as a suspect, at the mark `// sites: told`; full prints each with its opening.
 */
import { readFile } from "node:fs/promises";
import { arch } from "node:os";
import { fileURLToPath } from "node:url";
import type { ProbeMode } from "./script.ts";

export const SITES_FILE = fileURLToPath(new URL("../../probes/sites.bt", import.meta.url));
const FULL_ONLY = /^ *\/\/ full mode only:\n.*\n/gm;
const TOLD_MARK = /^( *)\/\/ sites: told\n/m;
const TOLD = `if (@at[$key] != 0) { print(("path", (int64)cpu, (int64)nsecs, $key, (int64)1, @at[$key])); }`;
const HEADER = /^#!.*\n\/\*[\s\S]*?^ \*\/\n/m;

/** The walk reads the registers that x86-64 keeps: other machines have other ones. */
export function canWalkStacks(): boolean {
  return arch() === "x64";
}

export async function withSites(text: string, mode: ProbeMode): Promise<string> {
  return join(text, await readFile(SITES_FILE, "utf8"), mode);
}

/** Pure: both texts as one. */
export function join(text: string, sites: string, mode: ProbeMode): string {
  const fitting = (mode === "lean" ? sites.replace(FULL_ONLY, "") : sites).replace(HEADER, "");
  const begun = moveBlock("BEGIN", { from: fitting, to: text });
  const ended = moveBlock("END", { from: begun.from, to: begun.to });
  return `${ended.to.replace(TOLD_MARK, (_mark, indent: string) => `${indent}${TOLD}\n`)}\n${ended.from.trimStart()}`;
}

type Texts = { readonly from: string; readonly to: string };

/** What the block of this name does, done by that of the other text. */
function moveBlock(name: "BEGIN" | "END", { from, to }: Texts): Texts {
  const block = new RegExp(`^${name}\\n\\{\\n([\\s\\S]*?)^\\}\\n`, "m");
  const body = block.exec(from)?.[1] ?? "";
  return {
    from: from.replace(block, ""),
    to: to.replace(new RegExp(`^${name}\\n\\{\\n`, "m"), (head) => head + body),
  };
}
