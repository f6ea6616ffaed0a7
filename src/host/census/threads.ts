/** What the threads of a process do now: those that do the same are one group. */
import { listTasks, socketInode } from "./fds.ts";
import { type ProcHost, textOr } from "./proc-host.ts";
import { parseStat } from "./stat.ts";
import { parseSyscall } from "./syscalls.ts";

export type Thread = {
  readonly tid: number;
  readonly name: string;
  readonly state: string;
  readonly wchan: string | null;
  readonly syscall: string | null;
  /** The socket that it waits on. */
  readonly waitsOn: { readonly fd: number; readonly inode: number } | null;
};

const MAX_THREADS = 4_096;

export async function readThreads(host: ProcHost, pid: number, arch: string): Promise<readonly Thread[]> {
  const tids = await listTasks(host, pid);
  const threads: Thread[] = [];
  for (const tid of tids.slice(0, MAX_THREADS)) {
    const thread = await readThread(host, `/proc/${pid}/task/${tid}`, tid, arch);
    if (thread !== null) threads.push(thread);
  }
  return threads;
}

async function readThread(host: ProcHost, at: string, tid: number, arch: string): Promise<Thread | null> {
  const stat = parseStat(await textOr(host, `${at}/stat`));
  if (stat === null || stat.state === "Z" || stat.state === "X") return null;
  const wchan = (await textOr(host, `${at}/wchan`)).trim();
  const inCall = parseSyscall(await textOr(host, `${at}/syscall`), arch);
  return {
    tid,
    name: stat.comm,
    state: stat.state,
    wchan: wchan === "" || wchan === "0" ? null : wchan,
    syscall: inCall?.name ?? null,
    waitsOn: await socketAt(host, at, inCall?.fd ?? null),
  };
}

async function socketAt(host: ProcHost, at: string, fd: number | null): Promise<Thread["waitsOn"]> {
  if (fd === null) return null;
  const inode = socketInode(await host.readLink(`${at}/fd/${fd}`).catch(() => ""));
  return inode === null ? null : { fd, inode };
}
