/**
 * How fast lines of bpftrace become what the tracker knows, beside JSON.parse of the same bytes; prints a JSON line.
 *
 *   node --import tsx test/bench/consume.ts LIVE ROUNDS      LIVE sockets stand there meanwhile
 *
 * To be run on one CPU (taskset), so that the garbage collector's threads count, too. Each round parses, then consumes.
 */
import { EventFilter } from "../../src/model/filter.ts";
import { Tracker } from "../../src/model/tracker.ts";
import { Lines } from "../../src/source/lines.ts";
import { Pipeline } from "../../src/source/pipeline.ts";
import { Weave } from "../../src/source/weave.ts";
import { Kernel } from "./lines.ts";

const CONNECTIONS = 60_000;
const CHUNK_BYTES = 65_536;

const [live = 1_000, rounds = 3] = process.argv.slice(2).map(Number);
const kernel = new Kernel();
for (let pair = 0; pair < live / 2; pair++) kernel.open();
const before = kernel.take();
for (let turn = 0; turn < CONNECTIONS; turn++) {
  kernel.open();
  kernel.close();
}
const load = kernel.take();

function* chunks(bytes: Buffer): Iterable<Buffer> {
  for (let at = 0; at < bytes.length; at += CHUNK_BYTES) yield bytes.subarray(at, at + CHUNK_BYTES);
}

/** All its parts, as `top` has them. */
class Consumer {
  readonly tracker = new Tracker();
  readonly #filter = new EventFilter({});
  readonly #weave = new Weave((events) => {
    for (const event of this.#filter.pass(events)) this.tracker.apply(event);
  });
  readonly #pipeline = new Pipeline({
    events: (events) => this.#weave.probes(events),
    wallMs: () => 0,
    bootNs: () => Number.POSITIVE_INFINITY,
    cpus: 2,
  });
  readonly #lines = new Lines({
    value: (line) => this.#pipeline.take(line),
    refused: (count) => this.#pipeline.refused(count),
  });

  /** How long nobody else got a turn, at most. */
  blockedMs = 0;

  async take(bytes: Buffer): Promise<void> {
    for (const chunk of chunks(bytes)) {
      const startMs = performance.now();
      await this.#lines.write(chunk);
      this.#pipeline.release();
      this.blockedMs = Math.max(this.blockedMs, performance.now() - startMs);
    }
  }
}

function parseAll(bytes: Buffer): void {
  let rest = "";
  for (const chunk of chunks(bytes)) {
    const lines = (rest + chunk.toString("latin1")).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) JSON.parse(line);
  }
}

/** Microseconds of CPU a line. */
async function costUs(work: () => Promise<void> | void): Promise<number> {
  const start = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(start);
  return (user + system) / load.lines;
}

for (let round = 0; round < rounds; round++) {
  const parseUs = await costUs(() => parseAll(load.bytes));
  const consumer = new Consumer();
  await consumer.take(before.bytes);
  const consumeUs = await costUs(() => consumer.take(load.bytes));
  const startMs = performance.now();
  const { books } = consumer.tracker.snapshot(Number.MAX_SAFE_INTEGER);
  const snapshotMs = performance.now() - startMs;
  console.log(JSON.stringify({ parseUs, consumeUs, snapshotMs, blockedMs: consumer.blockedMs, live: books.live }));
}
