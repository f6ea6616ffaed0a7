/** Asks a Java machine: for its perf map (JDK 17 or newer), for its threads. Only where the user wants it: it works in the process. */
import { constants } from "node:fs";
import { access } from "node:fs/promises";
import { posix } from "node:path";
import { localHost } from "../../host/local.ts";
import type { Snapshot } from "../snapshot.ts";
import { runConfined } from "../tools/confined.ts";
import { type DumpedThread, parseThreads } from "./thread-dump.ts";

/** jcmd is a Java program itself, and reserves far more memory than it uses. */
const MEMORY_BYTES = 16 * 1024 ** 3;

/** Null when it is done, else why not. Never rejects. */
export async function writePerfMap(snapshot: Snapshot): Promise<string | null> {
  const { failure, stdout } = await ask(snapshot, ["Compiler.perfmap"]);
  if (failure !== null) return `Java methods: ${failure}`;
  return stdout.includes("successfully") ? null : "Java methods: this Java writes no perf map (JDK 17 or newer does)";
}

/** By their numbers in its own pid namespace; or why not. Never rejects. */
export async function readThreads(snapshot: Snapshot): Promise<ReadonlyMap<number, DumpedThread> | string> {
  const { failure, stdout } = await ask(snapshot, ["Thread.print"]);
  return failure === null ? parseThreads(stdout.toString("utf8")) : `Java threads: ${failure}`;
}

/** Runs as the process's own user, as jcmd demands; bounded in time and output as every tool is (confined.ts). */
async function ask(
  snapshot: Snapshot,
  command: readonly string[],
): Promise<{ readonly failure: string | null; readonly stdout: Buffer }> {
  const { pid, uid, gid } = snapshot;
  const jcmd = await findJcmd(snapshot);
  if (jcmd === null) return { failure: "no jcmd here (it comes with a JDK)", stdout: Buffer.alloc(0) };
  const argv = [jcmd, "-J-Xshare:auto", "-J-XX:-UsePerfData", String(pid), ...command];
  const { failure, stdout } = await runConfined({ argv, user: { uid, gid }, memoryBytes: MEMORY_BYTES });
  return { failure: failure === null ? null : `jcmd ${failure}`, stdout };
}

/** The one that belongs to the process, if it is among our files. */
async function findJcmd({ exe, sharesMounts }: Snapshot): Promise<string | null> {
  const sibling = posix.join(posix.dirname(exe), "jcmd");
  const isThere =
    sharesMounts &&
    (await access(sibling, constants.X_OK).then(
      () => true,
      () => false,
    ));
  return isThere ? sibling : localHost.which("jcmd");
}
