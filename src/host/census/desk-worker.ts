/** The worker thread's side of desk-client.ts: answers one question after the other. */
import { parentPort, workerData } from "node:worker_threads";
import { ProcDesk } from "./desk.ts";
import type { Answer, Question } from "./desk-client.ts";
import { packWalk } from "./parcel.ts";
import { quickHost } from "./proc-host.ts";
import type { WalkRequest } from "./walk.ts";

const { ticksPerSecond, arch } = workerData as { ticksPerSecond: number; arch: string };
const desk = new ProcDesk(quickHost, ticksPerSecond, arch);

parentPort?.on("message", ({ id, ask, about }: Question) => {
  const answer: Promise<unknown> =
    ask === "walk" ? desk.walk(about as WalkRequest).then(packWalk) : desk[ask](about as never);
  answer.then(
    (value) => parentPort?.postMessage({ id, value } satisfies Answer),
    (error) => parentPort?.postMessage({ id, error: String(error) } satisfies Answer),
  );
});
