/**
 * Names the addresses of running processes. Processes are looked at from here, while they live and without blocking;
 * files are read in a worker thread: a large one takes seconds, in which the screen must stay alive.
 */
import { Worker } from "node:worker_threads";
import { readSnapshot, type Snapshot } from "./snapshot.ts";
import type { Frame, Named, RawStack } from "./stack.ts";

export type { Frame, Named, RawStack } from "./stack.ts";

export type Order =
  | { readonly ask: "see"; readonly snapshot: Snapshot }
  | { readonly ask: "name"; readonly id: number; readonly stack: RawStack };
export type Answer = { readonly id: number; readonly named: Named };

const STACKS_MAX = 20_000;
const SEEN_MAX = 10_000;
/** A file system of a container may never answer: then the worker hangs. Far longer than tools may take. */
const ANSWER_MS = 90_000;

type Waiting = { readonly stack: RawStack; readonly answer: (named: Named) => void };

export class Namer {
  readonly #options: { readonly jit: boolean };
  readonly #stacks = new Map<string, Promise<Named>>();
  readonly #seen = new Map<number, Promise<void>>();
  readonly #waiting = new Map<number, Waiting>();
  #worker: Worker | null = null;
  #watchdog: NodeJS.Timeout | undefined;
  #asked = 0;
  #ended = false;

  constructor(options: { readonly jit?: boolean } = {}) {
    this.#options = { jit: options.jit ?? false };
  }

  /** Cheap and soon: reads /proc/PID/maps (and what identifies its objects) while the process lives. */
  see(pid: number): void {
    if (this.#ended || !Number.isSafeInteger(pid) || pid <= 0) return;
    forgetOldest(this.#seen, SEEN_MAX);
    this.#seen.set(pid, this.#look(pid));
  }

  /** Never rejects. A stack asked twice costs once. */
  name(stack: RawStack): Promise<Named> {
    const key = `${stack.pid} ${stack.did} ${stack.ip} ${stack.near.join()} ${stack.chain.join()} ${wordsKey(stack)}`;
    const known = this.#stacks.get(key);
    if (known !== undefined) return known;
    const named = this.#name(stack);
    forgetOldest(this.#stacks, STACKS_MAX);
    this.#stacks.set(key, named);
    return named;
  }

  /** Ends the worker and every child: the kernel kills them with the thread that started them. */
  async end(): Promise<void> {
    this.#ended = true;
    await this.#stop("not looked up: sockleak was ending");
  }

  async #look(pid: number): Promise<void> {
    const snapshot = await readSnapshot(pid);
    if (snapshot !== null && !this.#ended) this.#send({ ask: "see", snapshot });
  }

  async #name(stack: RawStack): Promise<Named> {
    if (!this.#seen.has(stack.pid)) this.see(stack.pid);
    await this.#seen.get(stack.pid);
    if (this.#ended) return bare(stack, "not looked up: sockleak was ending");
    return new Promise((answer) => {
      const id = ++this.#asked;
      this.#waiting.set(id, { stack, answer });
      this.#send({ ask: "name", id, stack });
      if (this.#waiting.size === 1) this.#watch();
    });
  }

  #send(order: Order): void {
    this.#worker ??= this.#start();
    if (order.ask === "name") this.#worker.ref();
    this.#worker.postMessage(order);
  }

  #start(): Worker {
    const worker = startWorker(this.#options);
    worker.unref();
    worker.on("message", ({ id, named }: Answer) => {
      const waiting = this.#waiting.get(id);
      this.#waiting.delete(id);
      waiting?.answer(named);
      this.#watch();
      if (this.#waiting.size === 0) worker.unref();
    });
    const gone = (why: string) => {
      if (this.#worker === worker) void this.#stop(why);
    };
    worker.on("error", (error) => gone(`not looked up: ${error.message}`));
    worker.on("exit", () => gone("not looked up: the worker thread ended"));
    return worker;
  }

  /** From one answer to the next. */
  #watch(): void {
    clearTimeout(this.#watchdog);
    if (this.#waiting.size === 0) return;
    const late = `not looked up: reading took longer than ${ANSWER_MS / 1000} s`;
    this.#watchdog = setTimeout(() => void this.#stop(late), ANSWER_MS);
  }

  /** Answers what is open with what is certain. The next question starts another worker, to which no process is known. */
  async #stop(why: string): Promise<void> {
    clearTimeout(this.#watchdog);
    const worker = this.#worker;
    this.#worker = null;
    this.#seen.clear();
    const open = [...this.#waiting.values()];
    this.#waiting.clear();
    for (const { stack, answer } of open) answer(bare(stack, why));
    await worker?.terminate();
  }
}

function wordsKey({ words = [] }: RawStack): string {
  return words.map(({ at, address }) => `${at}:${address}`).join();
}

function forgetOldest(map: Map<unknown, unknown>, max: number): void {
  const [oldest] = map.keys();
  if (map.size >= max) map.delete(oldest);
}

/** Nothing is looked up, so nothing is believed but where it was. */
function bare({ ip }: RawStack, note: string): Named {
  const frame: Frame = { address: ip, function: null, file: null, line: null, object: null, offset: null };
  return { frames: [frame], notes: [note] };
}

/** Built it lies beside us as .js. From source (tests), a loader must come first: Node 20 gives a worker none of its own. */
function startWorker(workerData: unknown): Worker {
  const options = { workerData, execArgv: [] };
  if (!import.meta.url.endsWith(".ts")) return new Worker(new URL("./namer-worker.js", import.meta.url), options);
  const entry = JSON.stringify(new URL("./namer-worker.ts", import.meta.url).href);
  const loader = JSON.stringify(import.meta.resolve("tsx/esm/api"));
  const text = `import(${loader}).then(({ register }) => { register(); return import(${entry}); })`;
  return new Worker(text, { eval: true, ...options });
}
