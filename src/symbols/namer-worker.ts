/** The worker thread's side of namer.ts: takes the stacks that wait, all at once. */
import { parentPort, workerData } from "node:worker_threads";
import type { Answer, Order } from "./namer.ts";
import { Resolver } from "./resolver.ts";

/** Of one batch: the first of ten thousand should not wait for the last. */
const BATCH_MAX = 128;

const resolver = new Resolver(workerData as { jit: boolean });
const waiting: Extract<Order, { ask: "name" }>[] = [];
let isBusy = false;

async function work(): Promise<void> {
  if (isBusy) return;
  isBusy = true;
  while (waiting.length > 0) {
    const batch = waiting.splice(0, BATCH_MAX);
    const named = await resolver.name(batch.map(({ stack }) => stack));
    named.forEach((value, i) => {
      parentPort?.postMessage({ id: batch[i]?.id ?? 0, named: value } satisfies Answer);
    });
  }
  isBusy = false;
}

parentPort?.on("message", (order: Order) => {
  if (order.ask === "see") return resolver.see(order.snapshot);
  waiting.push(order);
  void work();
});
