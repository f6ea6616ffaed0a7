/** Has a Java machine write its perf map (JDK 17 or newer). Only where the user asked for it: it works in the process. */
import { constants } from "node:fs";
import { access } from "node:fs/promises";
import { posix } from "node:path";
import { localHost } from "../../host/local.ts";
import type { Snapshot } from "../snapshot.ts";
import { runConfined } from "../tools/confined.ts";

/** jcmd is a Java program itself, and reserves far more memory than it uses. */
const MEMORY_BYTES = 16 * 1024 ** 3;

/** Runs as the process's own user, as jcmd demands. Null when it is done, else why not. Never rejects. */
export async function writePerfMap(snapshot: Snapshot): Promise<string | null> {
  const { pid, uid, gid } = snapshot;
  const jcmd = await findJcmd(snapshot);
  if (jcmd === null) return "Java methods: no jcmd here (it comes with a JDK)";
  const argv = [jcmd, "-J-Xshare:auto", "-J-XX:-UsePerfData", String(pid), "Compiler.perfmap"];
  const { failure, stdout } = await runConfined({ argv, user: { uid, gid }, memoryBytes: MEMORY_BYTES });
  if (failure !== null) return `Java methods: jcmd ${failure}`;
  return stdout.includes("successfully") ? null : "Java methods: this Java writes no perf map (JDK 17 or newer does)";
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
