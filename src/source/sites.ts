/**
 * Code paths beside the rest: probes/sites.bt, and for a chosen process probes/uses.bt, become part of the script of an attachment
 * and mode, so that one bpftrace tells all.
 *
 * bpftrace 0.17 takes one BEGIN and one END: those of all scripts become one. Lean prints a socket's paths only when the socket
 * is told as a suspect, at the mark `// sites: told`; full prints each as it comes.
 */
import { readFile } from "node:fs/promises";
import { arch } from "node:os";
import { fileURLToPath } from "node:url";
import type { ProbeMode } from "./script.ts";

export const SITES_FILE = fileURLToPath(new URL("../../probes/sites.bt", import.meta.url));
export const USES_FILE = fileURLToPath(new URL("../../probes/uses.bt", import.meta.url));
/** A line, or a block. */
const FULL_ONLY = /^ *\/\/ full mode only(?::\n.*| \{\n[\s\S]*?^\/\/ full mode only \})\n/gm;
const LEAN_ONLY = /^( *)\/\/ lean mode only: /gm;
const PID_MARK = /== 0 \/\* pid \*\//g;
const PID_MAX = 4_194_304;
const TOLD_MARK = /^( *)\/\/ sites: told\n/m;
/** A census takes copies of others' fds to ask what they are (host/census/closed-python.ts): when it closes them, nothing is closed. */
const OWN_MARK = /^( *)\/\/ sites: own\n/gm;
/** New paths that are told at once, as the scripts have it. */
export const NEW_PATHS = 400;
/** Sockleak reads nothing before the first heartbeat, and a site is told once: none is before that. */
const ROOM = new RegExp(`^( *)@room = \\(int64\\)${NEW_PATHS}; `, "gm");
const CLOSED_ROOM = "$1@room = (int64)-1; ";
const BEAT = /^( *)print\(\("beat", .*\n/gm;
const OPEN_ROOM = `$&$1if (@room < 0) { @room = (int64)${NEW_PATHS}; }\n`;
const HEADER = /^#!.*\n\/\*[\s\S]*?^ \*\/\n/m;

/** The maps that hold the sites of a socket, and as which role they are told. */
const OPENED = [["@at", 1]] as const;
const USED = [
  ["@last", 3],
  ["@eof", 2],
] as const;

/** The walk reads the registers that x86-64 keeps: other machines have other ones. */
export function canWalkStacks(): boolean {
  return arch() === "x64";
}

/** `usedBy`: the process whose reads and writes are walked; null: none. */
export async function withSites(
  text: string,
  { mode, usedBy }: { readonly mode: ProbeMode; readonly usedBy: number | null },
): Promise<string> {
  const sites = await readFile(SITES_FILE, "utf8");
  const uses = usedBy === null ? null : ofProcess(await readFile(USES_FILE, "utf8"), usedBy);
  return join(text, { sites, uses, mode });
}

const ALONE_BEAT = `
interval:s:1
{
  @room = (int64)100;
  print(("beat", (int64)cpu, (int64)nsecs));
}
`;

/** uses.bt as a script of its own, which tells at once what it knows. Errors: a pid out of its range. */
export async function usesAlone(pid: number): Promise<string> {
  return ofProcess(await readFile(USES_FILE, "utf8"), pid).replace(ROOM, CLOSED_ROOM) + ALONE_BEAT;
}

/** Errors: a pid out of its range. */
export function ofProcess(uses: string, pid: number): string {
  if (!Number.isInteger(pid) || pid < 1 || pid > PID_MAX) throw new RangeError(`${pid} is no process id`);
  return uses.replace(PID_MARK, `== ${pid}`);
}

/** Pure: the texts as one. */
export function join(
  text: string,
  { sites, uses, mode }: { readonly sites: string; readonly uses: string | null; readonly mode: ProbeMode },
): string {
  const told = (uses === null ? OPENED : [...OPENED, ...USED]).map(
    ([map, role]) =>
      `if (${map}[$key] != 0) { print(("path", (int64)cpu, (int64)nsecs, $key, (int64)${role}, ${map}[$key])); }\n`,
  );
  const marked = text
    .replace(BEAT, OPEN_ROOM)
    .replace(TOLD_MARK, (_mark, indent: string) => told.map((line) => indent + line).join(""));
  return [sites, ...(uses === null ? [] : [uses])].reduce((whole, part) => joined(whole, fitting(part, mode)), marked);
}

function fitting(part: string, mode: ProbeMode): string {
  const body = part.replace(HEADER, "").replace(ROOM, CLOSED_ROOM).replace(OWN_MARK, withoutOwn);
  return mode === "full" ? body : body.replace(FULL_ONLY, "").replace(LEAN_ONLY, "$1");
}

/** By sockleak's number here: in a pid namespace of its own the kernel has another one, and nothing is left out. */
function withoutOwn(_mark: string, indent: string): string {
  const lines = [
    "$parent = (struct task_struct *)curtask->real_parent;",
    `if ((int64)$parent->tgid == ${process.pid}) { return; }`,
  ];
  return lines.map((line) => `${indent}${line}\n`).join("");
}

function joined(text: string, part: string): string {
  const begun = moveBlock("BEGIN", { from: part, to: text });
  const ended = moveBlock("END", { from: begun.from, to: begun.to });
  return `${ended.to}\n${ended.from.trimStart()}`;
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
