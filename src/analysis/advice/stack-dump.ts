/** The command that shows what every thread of a process is doing, by the runtime that its name tells. */
import type { Culprit } from "../finding.ts";

const BY_RUNTIME: readonly (readonly [name: RegExp, command: (pid: number) => string])[] = [
  [/^java/, (pid) => `jcmd ${pid} Thread.print`],
  [/^python/, (pid) => `py-spy dump --pid ${pid}`],
  [/^ruby/, (pid) => `rbspy snapshot --pid ${pid}`],
  [/^node/, (pid) => `kill -USR1 ${pid} && node inspect -p ${pid}`],
];

export function stackDumpOf({ pid, comm, exe }: Pick<Culprit, "pid" | "comm" | "exe">): string {
  const program = exe?.split("/").at(-1) ?? comm;
  const runtime = BY_RUNTIME.find(([name]) => name.test(program));
  return runtime?.[1](pid) ?? `sudo eu-stack -p ${pid}`;
}
