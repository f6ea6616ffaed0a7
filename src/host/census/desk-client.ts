/** A desk in a worker thread: reading 100,000 fds takes half a second, in which the screen must stay alive. */
import { Worker } from "node:worker_threads";
import type { Desk, DeskFacts, Sample } from "./desk.ts";
import type { NetnsHolders } from "./netns-holders.ts";
import { Pace } from "./pace.ts";
import { type StraysParcel, unpackHolders, unpackStrays, type WalkParcel } from "./parcel.ts";
import type { ProcessFacts } from "./process.ts";
import type { StrayRequest } from "./strays.ts";
import type { WalkRequest, WalkResult } from "./walk.ts";

export type Question = { readonly id: number; readonly ask: Exclude<keyof Desk, "close">; readonly about: unknown };
export type Answer = { readonly id: number; readonly value?: unknown; readonly error?: string };

type Waiting = { readonly resolve: (value: never) => void; readonly reject: (error: Error) => void };

/** By default V8 lets a worker's short-lived objects fill 48 MB before it clears them away. */
const LIMITS = { maxYoungGenerationSizeMb: 6 };

/** Built it lies beside us as .js. From source (tests), a loader must come first: Node 20 gives a worker none of its own. */
function startWorker(workerData: unknown): Worker {
  // What Node was started with (--import, --input-type) is the program's, not the worker's.
  const options = { workerData, resourceLimits: LIMITS, execArgv: [] };
  if (!import.meta.url.endsWith(".ts")) return new Worker(new URL("./desk-worker.js", import.meta.url), options);
  const entry = JSON.stringify(new URL("./desk-worker.ts", import.meta.url).href);
  const loader = JSON.stringify(import.meta.resolve("tsx/esm/api"));
  const text = `import(${loader}).then(({ register }) => { register(); return import(${entry}); })`;
  return new Worker(text, { eval: true, ...options });
}

export class DeskClient implements Desk {
  readonly #data: DeskFacts;
  #worker: Worker | null = null;
  #asked = 0;
  #pace = new Pace();
  readonly #waiting = new Map<number, Waiting>();

  constructor(of: DeskFacts) {
    this.#data = of;
  }

  readonly namespaces = () => this.#ask<NetnsHolders>("namespaces", null);
  readonly prepare = () => this.#ask<void>("prepare", null);
  readonly walk = async (request: WalkRequest): Promise<WalkResult> => {
    const parcel = await this.#ask<WalkParcel>("walk", request);
    return { ...parcel, holders: await unpackHolders(parcel.holders, this.#pace) };
  };
  readonly strays = async (request: StrayRequest) =>
    unpackStrays(await this.#ask<StraysParcel>("strays", request), this.#pace);
  readonly holdersOf = async (inodes: readonly number[]) =>
    unpackHolders(await this.#ask<Float64Array>("holdersOf", inodes), this.#pace);
  readonly describe = (pids: readonly number[]) => this.#ask<readonly ProcessFacts[]>("describe", pids);
  readonly sample = (pids: readonly number[]) => this.#ask<readonly Sample[]>("sample", pids);

  async cost(): Promise<number> {
    const unpackedMs = this.#pace.spentMs;
    this.#pace = new Pace();
    return unpackedMs + (this.#worker === null ? 0 : await this.#ask<number>("cost", null));
  }

  async close(): Promise<void> {
    const worker = this.#worker;
    if (worker === null) return;
    this.#end(worker, new Error("closed"));
    await worker.terminate();
  }

  /** While a question is open the worker keeps the program alive, and not longer. */
  #ask<T>(ask: Question["ask"], about: unknown): Promise<T> {
    const worker = this.#worker ?? this.#start();
    const id = ++this.#asked;
    worker.ref();
    return new Promise<T>((resolve, reject) => {
      this.#waiting.set(id, { resolve: resolve as Waiting["resolve"], reject });
      worker.postMessage({ id, ask, about } satisfies Question);
    });
  }

  #start(): Worker {
    const worker = startWorker(this.#data);
    this.#worker = worker;
    worker.on("message", ({ id, value, error }: Answer) => {
      const waiting = this.#waiting.get(id);
      this.#waiting.delete(id);
      if (this.#waiting.size === 0) worker.unref();
      if (error === undefined) waiting?.resolve(value as never);
      else waiting?.reject(new Error(error));
    });
    worker.on("error", (error) => this.#end(worker, error));
    worker.on("exit", () => this.#end(worker, new Error("the worker thread ended")));
    return worker;
  }

  /** The next question starts another one. */
  #end(worker: Worker, error: Error): void {
    if (this.#worker !== worker) return;
    this.#worker = null;
    for (const { reject } of this.#waiting.values()) reject(error);
    this.#waiting.clear();
  }
}
