/** A process as /proc tells it, for the stream's `process` event. */
import type { ProcessEvent } from "../../model/census.ts";
import { type ArgsTold, parseCmdline, tellArgs } from "./args.ts";
import { parseCgroups } from "./cgroup.ts";
import { listTasks } from "./fds.ts";
import type { PodNames } from "./pods.ts";
import { type ProcHost, textOr } from "./proc-host.ts";
import { parseStat, type Stat } from "./stat.ts";

export type ProcessFacts = Omit<ProcessEvent, "atUs" | "seq" | "type">;

/** What is the same for all of them. */
export type HostFacts = {
  readonly ticksPerSecond: number;
  readonly args: ArgsTold;
  readonly users: ReadonlyMap<number, string>;
  readonly podNames: PodNames;
};

const MAX_CMDLINE_BYTES = 128 * 1024;
const DELETED = " (deleted)";

/** Null when it is gone. */
export async function readProcess(host: ProcHost, pid: number, facts: HostFacts): Promise<ProcessFacts | null> {
  const stat = parseStat(await textOr(host, `/proc/${pid}/stat`));
  if (stat === null) return null;
  const at = await livingTask(host, pid, stat);
  const status = await textOr(host, `/proc/${at}/status`);
  const exe = await host.readLink(`/proc/${at}/exe`).catch(() => null);
  const { unit, container, podUid } = parseCgroups(await textOr(host, `/proc/${at}/cgroup`));
  const uid = numberIn(status, /^Uid:\s+(\d+)/m);
  return {
    pid,
    startedUs: Math.round((stat.startedTicks * 1e6) / facts.ticksPerSecond),
    comm: stat.comm,
    exe: exe?.endsWith(DELETED) ? exe.slice(0, -DELETED.length) : exe,
    exeDeleted: exe?.endsWith(DELETED) ?? false,
    args: tellArgs(parseCmdline(await textOr(host, `/proc/${at}/cmdline`, MAX_CMDLINE_BYTES)), facts.args),
    uid,
    user: uid === null ? null : (facts.users.get(uid) ?? null),
    ppid: stat.ppid,
    unit,
    container,
    pod: podUid === null ? null : { uid: podUid, name: facts.podNames(podUid, container?.id ?? null) },
    netns: namespaceInode(await host.readLink(`/proc/${at}/ns/net`).catch(() => "")),
    pidInContainer: parseNsPid(status),
  };
}

/** Who it is, cheaply: changes when the pid was given to another process, or when it executes another program. */
export async function identityOf(host: ProcHost, pid: number): Promise<string | null> {
  const stat = parseStat(await textOr(host, `/proc/${pid}/stat`));
  if (stat === null) return null;
  return `${stat.startedTicks} ${await host.readLink(`/proc/${pid}/exe`).catch(() => "")}`;
}

/** The first thread's folder, or another one's where the first has exited (state Z) and has no files any more. */
async function livingTask(host: ProcHost, pid: number, { state }: Stat): Promise<string> {
  if (state !== "Z") return `${pid}`;
  const other = (await listTasks(host, pid)).find((tid) => tid !== pid);
  return other === undefined ? `${pid}` : `${pid}/task/${other}`;
}

export function parseNsPid(status: string): number | null {
  const pids = /^NSpid:\s+(.*)$/m.exec(status)?.[1]?.trim().split(/\s+/) ?? [];
  return pids.length > 1 ? Number(pids.at(-1)) : null;
}

/** "net:[4026531840]" */
export function namespaceInode(link: string): number | null {
  const inode = /^net:\[(\d+)\]$/.exec(link)?.[1];
  return inode === undefined ? null : Number(inode);
}

/** /etc/passwd of this host: a container's own names are not read. */
export function parseUsers(passwd: string): ReadonlyMap<number, string> {
  const users = new Map<number, string>();
  for (const line of passwd.split("\n")) {
    const [name = "", , uid = ""] = line.split(":");
    // The first name of a uid is the one that tools show.
    if (name !== "" && /^\d+$/.test(uid) && !users.has(Number(uid))) users.set(Number(uid), name);
  }
  return users;
}

/** Null: unlimited, or not readable. */
export function parseFdLimit(limits: string): number | null {
  return numberIn(limits, /^Max open files\s+(\d+)/m);
}

function numberIn(text: string, pattern: RegExp): number | null {
  const found = pattern.exec(text)?.[1];
  return found === undefined ? null : Number(found);
}
