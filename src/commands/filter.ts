/** The filters as asked for on the command line → the rule that every source is filtered by. */
import { inHostPidNamespace } from "../host/capabilities.ts";
import { descendantsOf } from "../host/descendants.ts";
import { parseNetns, resolveNetns } from "../host/netns.ts";
import type { Host } from "../host/port.ts";
import type { Filter } from "../model/filter.ts";
import { CommandError, EXIT } from "./io.ts";
import { containerTest, nameTest, peerTest } from "./match.ts";
import type { FilterOptions } from "./options.ts";

/** Of this host. Errors (CommandError): --children without --pid, a --netns that names none (2); no such process (3). */
export async function filterOf(options: FilterOptions, host: Host): Promise<Filter> {
  if (options.pid !== undefined) await mustRun(options.pid, host);
  return ruleOf(options, host);
}

/** What is asked about a process that is not there is answered by silence, which would be taken for "it leaks nothing". */
async function mustRun(pid: number, host: Host): Promise<void> {
  // Elsewhere /proc has other numbers than the probes, or not all of them.
  if ((await inHostPidNamespace(host)) !== true) return;
  const status = await host.readFile(`/proc/${pid}/status`).catch(({ code }: NodeJS.ErrnoException) => code ?? "");
  if (status === "ENOENT") throw new CommandError(EXIT.cannot, { message: `--pid ${pid}: there is no such process` });
  const [, leader = String(pid)] = /^Tgid:\t(\d+)$/m.exec(status) ?? [];
  if (leader === String(pid)) return;
  const message = `--pid ${pid}: that is a thread of process ${leader}`;
  throw new CommandError(EXIT.cannot, { message, hint: `--pid ${leader}` });
}

async function ruleOf(options: FilterOptions, host: Host): Promise<Filter> {
  const { pid, comm, localPort, peerPort, port, peer, netns, container, unit } = options;
  if (options.children && pid === undefined) {
    throw new CommandError(EXIT.usage, {
      message: "--children goes with --pid: whose?",
      hint: "--pid 4121 --children",
    });
  }
  return {
    ...(pid !== undefined && { pid }),
    ...(pid !== undefined && options.children && { children: await descendantsOf(host, pid) }),
    ...(comm !== undefined && { comm: nameTest(comm) }),
    ...(localPort !== undefined && { localPort }),
    ...(peerPort !== undefined && { peerPort }),
    ...(port !== undefined && { port }),
    ...(peer !== undefined && { peer: peerTest(peer) }),
    ...(netns !== undefined && { netns: await netnsInode(netns, host) }),
    ...(container !== undefined && { container: containerTest(container) }),
    ...(unit !== undefined && { unit: nameTest(unit) }),
  };
}

/** The same for a recording, which tells descendants as it goes, and no names of namespaces. Errors (CommandError): as above (2). */
export function recordedFilterOf(options: FilterOptions): Promise<Filter> {
  const { netns } = options;
  if (netns !== undefined && !/^\d+$/.test(netns)) {
    const message = `--netns ${netns}: a recording knows namespaces by their inodes`;
    throw new CommandError(EXIT.usage, { message, hint: "sockleak report FILE --format json shows them" });
  }
  return ruleOf(options, ELSEWHERE);
}

/** The host of a recording: nothing of it can be asked. */
const ELSEWHERE: Host = {
  run: () => Promise.reject(new Error("a recording runs no programs")),
  which: async () => null,
  readFile: noFile,
  listDir: async () => [],
  readLink: noFile,
  identify: noFile,
};

function noFile(path: string): Promise<never> {
  return Promise.reject(Object.assign(new Error(`a recording has no ${path}`), { code: "ENOENT" }));
}

async function netnsInode(text: string, host: Host): Promise<number> {
  const parsed = parseNetns(text);
  const found = parsed.ok ? await resolveNetns(host, parsed.ref) : parsed;
  if (found.ok) return found.inode;
  throw new CommandError(EXIT.usage, { message: found.error, hint: found.hint });
}

const NAMES = [
  ...["pid", "children", "comm", "localPort", "peerPort", "port", "peer", "netns", "container", "unit"],
] as const satisfies readonly (keyof FilterOptions)[];

/** As they were given, for the recording's header. */
export function filtersAsGiven(options: FilterOptions): Record<string, string> {
  const given = NAMES.filter((name) => options[name] !== undefined);
  return Object.fromEntries(given.map((name) => [name, String(options[name])]));
}
