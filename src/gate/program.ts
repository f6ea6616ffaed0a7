/** Which program is it, from run to run? Pids, ephemeral ports and temporary paths are another's the next time. */
import type { ProcessEvent } from "../model/census.ts";

/** What runs a script: then the script says more than the program does. */
const INTERPRETER = /^(?:python|pypy|node|nodejs|bun|deno|ruby|perl|php|java|bash|dash|sh|lua|Rscript|dotnet)[\d.]*$/;
const TEMPORARY = /^(?:\/private)?\/(?:tmp|var\/tmp|dev\/shm|run)\//;
/** What mkstemp and its kin make of a name: another one the next time. */
const MADE_UP = /^tmp|\d.*\d|[\da-f]{6}/i;
/** Options that take the word behind them as a program. */
const MODULE = new Set(["-m", "-jar"]);
const CODE = new Set(["-c", "-e", "-p", "--eval", "--print", "-r"]);

/** "python3 worker.py", "node", "foo.test": the program's name, and what it runs where it is an interpreter. Raw. */
export function programOf({
  facts,
  comm,
}: {
  readonly facts: Pick<ProcessEvent, "exe" | "args"> | null;
  readonly comm: string | null;
}): string {
  const exe = facts?.exe == null ? null : baseOf(facts.exe);
  const name = exe ?? comm ?? "nobody known";
  if (exe === null || !INTERPRETER.test(exe)) return name;
  const script = scriptOf(facts?.args ?? []);
  // python3.11 and python3.12 run the same script.
  const plain = name.replace(/[\d.]+$/, (version) => (version.includes(".") ? `${version.split(".")[0]}` : version));
  return script === null ? plain : `${plain} ${script}`;
}

function scriptOf(args: readonly string[]): string | null {
  for (let at = 1; at < args.length; at++) {
    const arg = args[at] as string;
    if (CODE.has(arg)) return null;
    if (MODULE.has(arg)) return args[at + 1] === undefined ? null : baseOf(args[at + 1] as string);
    if (!arg.startsWith("-")) return TEMPORARY.test(arg) && MADE_UP.test(baseOf(arg)) ? null : baseOf(arg);
  }
  return null;
}

function baseOf(path: string): string {
  return path.split("/").at(-1) || path;
}
