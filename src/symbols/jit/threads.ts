/**
 * The threads that opened sockets of a Java process, where its stack does not tell the callers: how they are called, and where each
 * stands now. That is a hint and no more: the leak may be long past.
 */
import { readFile } from "node:fs/promises";
import type { StandingThread } from "../../model/site.ts";
import { cut } from "../stack.ts";
import type { DumpedThread } from "./thread-dump.ts";

/** Of a thread that has ended nothing is told. `dump`: null where nobody asked for one. */
export async function standingOf(
  tids: readonly number[],
  dump: ReadonlyMap<number, DumpedThread> | null,
): Promise<readonly StandingThread[]> {
  const found = await Promise.all(tids.map((tid) => threadOf(tid, dump).catch(() => null)));
  return found.filter((thread) => thread !== null);
}

/** /proc/TID exists for every thread, though no listing of /proc shows it. */
async function threadOf(tid: number, dump: ReadonlyMap<number, DumpedThread> | null): Promise<StandingThread | null> {
  const status = await readFile(`/proc/${tid}/status`, "utf8");
  const [, name = ""] = /^Name:\t(.*)$/m.exec(status) ?? [];
  const own = Number(/^NSpid:.*\t(\d+)$/m.exec(status)?.[1] ?? tid);
  const dumped = dump?.get(own);
  return { tid, name: dumped?.name ?? cut(name), frames: dumped?.frames ?? [] };
}
