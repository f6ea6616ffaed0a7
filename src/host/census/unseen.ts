/** Processes that may not be looked at, for people: named where they are few, counted where they are many. */
import { plural } from "../../format/plural.ts";
import { type ProcHost, textOr } from "./proc-host.ts";

const NAMED = 3;

/** "process_api 1", "sshd 402, cron 410", "82 processes (systemd 1, sshd 402, cron 410 and others)". Raw names. */
export async function nameUnseen(host: ProcHost, pids: readonly number[]): Promise<string> {
  const some = pids.slice(0, NAMED);
  const comms = await Promise.all(some.map((pid) => textOr(host, `/proc/${pid}/comm`)));
  const names = some.map((pid, i) => `${comms[i]?.replace(/\n$/, "") || "?"} ${pid}`).join(", ");
  return pids.length <= NAMED ? names : `${plural(pids.length, "process")} (${names} and others)`;
}
