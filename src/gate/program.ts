/** Which program is it, from run to run? Pids, ephemeral ports and temporary paths are another's the next time. */
import type { ProcessEvent } from "../model/census.ts";
import { type ScriptOptions, scriptOptionsOf } from "./interpreters.ts";

const TEMPORARY = /^(?:\/private)?\/(?:tmp|var\/tmp|dev\/shm|run)\//;
/** What mkstemp and its kin make of a name: another one the next time. */
const MADE_UP = /^tmp|\d.*\d|[\da-f]{6}/i;
/** Maven's Surefire makes a jar for each test run, surefirebooter1165505.jar, that names the classes. */
const SUREFIRE = /^surefirebooter.*\.jar$/;

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
  const options = exe === null ? null : scriptOptionsOf(exe);
  if (options === null) return name;
  const script = scriptOf(facts?.args ?? [], options);
  // python3.11 and python3.12 run the same script.
  const plain = name.replace(/[\d.]+$/, (version) => (version.includes(".") ? `${version.split(".")[0]}` : version));
  return script === null ? plain : `${plain} ${script}`;
}

function scriptOf(args: readonly string[], { code, module, valued }: ScriptOptions): string | null {
  for (let at = 1; at < args.length; at++) {
    const arg = args[at] as string;
    if (code.has(arg)) return null;
    if (module.has(arg)) return args[at + 1] === undefined ? null : scriptName(args[at + 1] as string);
    if (valued.has(arg)) at++;
    else if (!arg.startsWith("-")) return scriptName(arg);
  }
  return null;
}

function scriptName(path: string): string | null {
  const name = baseOf(path);
  if (SUREFIRE.test(name)) return "surefire";
  return TEMPORARY.test(path) && MADE_UP.test(name) ? null : name;
}

function baseOf(path: string): string {
  return path.split("/").at(-1) || path;
}
