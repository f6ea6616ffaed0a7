/** The worker thread's side of desk-client.ts: answers one question after the other. */
import { parentPort, workerData } from "node:worker_threads";
import { type DeskFacts, ProcDesk } from "./desk.ts";
import type { Answer, Question } from "./desk-client.ts";
import { packHolders, packStrays, type WalkParcel } from "./parcel.ts";
import { quickHost } from "./proc-host.ts";
import type { StrayRequest } from "./strays.ts";
import type { WalkRequest } from "./walk.ts";

const desk = new ProcDesk(quickHost, workerData as DeskFacts);
let countedMs = 0;

/** On a CPU since the thread's start, to the nanosecond (proc_pid_schedstat); 0 where the kernel keeps no such account. */
async function threadMs(): Promise<number> {
  const text = await quickHost.readFile("/proc/thread-self/schedstat").catch(() => "0");
  return Number(text.split(" ")[0]) / 1e6;
}

async function costSince(): Promise<number> {
  const before = countedMs;
  countedMs = await threadMs();
  return countedMs - before;
}

async function answerTo({ ask, about }: Question): Promise<unknown> {
  if (ask === "walk") {
    const found = await desk.walk(about as WalkRequest);
    return { ...found, holders: packHolders(found.holders) } satisfies WalkParcel;
  }
  if (ask === "strays") return packStrays(await desk.strays(about as StrayRequest));
  if (ask === "holdersOf") return packHolders(await desk.holdersOf(about as readonly number[]));
  return ask === "cost" ? costSince() : desk[ask](about as never);
}

parentPort?.on("message", (question: Question) => {
  const { id } = question;
  answerTo(question).then(
    (value) => parentPort?.postMessage({ id, value } satisfies Answer),
    (error) => parentPort?.postMessage({ id, error: String(error) } satisfies Answer),
  );
});
