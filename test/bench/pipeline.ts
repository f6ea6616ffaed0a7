/**
 * How fast lines of bpftrace become events, beside parsing them alone: `node --import tsx test/bench/pipeline.ts [COPIES]`.
 * A recording is copied end to end, each copy later and at kernel addresses of its own, with both CPUs' pulses between.
 */
import { readFileSync } from "node:fs";
import { Lines } from "../../src/source/lines.ts";
import { Pipeline } from "../../src/source/pipeline.ts";

const COPIES = Number(process.argv[2] ?? 4_000);
const RECORDED = readFileSync(new URL("../../fixtures/bpftrace/0.17-tracepoint-6.18.ndjson", import.meta.url), "utf8");
const LENGTH_NS = 10_000_000_000;
const CHUNK_BYTES = 65_536;

type Tuple = [tag: string, cpu: number, ns: number, sk: number, ...rest: unknown[]];
const tuples = RECORDED.split("\n")
  .filter((line) => line.includes('"value"'))
  .map((line) => (JSON.parse(line) as { data: Tuple }).data);

function copy(at: number): string {
  const moved = tuples.map(([tag, cpu, ns, sk, ...rest]) =>
    tag === "beat" ? [tag, cpu, ns + at * LENGTH_NS] : [tag, cpu, ns + at * LENGTH_NS, sk - at * 65_536, ...rest],
  );
  const endNs = (at + 1) * LENGTH_NS + (tuples[0]?.[2] ?? 0);
  const pulses = [0, 1].map((cpu) => ["pulse", cpu, endNs]);
  return [...moved, ...pulses].map((data) => `${JSON.stringify({ type: "value", data })}\n`).join("");
}

const bytes = Buffer.from(Array.from({ length: COPIES }, (_, at) => copy(at)).join(""));
const count = COPIES * (tuples.length + 2);

function tell(what: string, startMs: number): void {
  const ms = process.cpuUsage().user / 1000 - startMs;
  console.log(`${what.padEnd(28)} ${Math.round(ms)} ms, ${Math.round(count / ms)} lines/ms`);
}

async function read(value: (line: unknown) => void, chunk: () => void = () => {}): Promise<void> {
  const lines = new Lines({ value, refused: () => {} });
  for (let at = 0; at < bytes.length; at += CHUNK_BYTES) {
    await lines.write(bytes.subarray(at, at + CHUNK_BYTES));
    chunk();
  }
  await lines.end();
}

for (let round = 0; round < 3; round++) {
  let start = process.cpuUsage().user / 1000;
  for (const line of bytes.toString("utf8").split("\n")) if (line !== "") JSON.parse(line);
  tell("JSON.parse of each line", start);
  start = process.cpuUsage().user / 1000;
  await read(() => {});
  tell("ndjson", start);
  start = process.cpuUsage().user / 1000;
  let events = 0;
  const pipeline = new Pipeline({
    events: (batch) => (events += batch.length),
    wallMs: () => 0,
    bootNs: () => Number.POSITIVE_INFINITY,
    cpus: 2,
  });
  await read(
    (line) => pipeline.take(line),
    () => pipeline.release(),
  );
  pipeline.flush();
  tell(`ndjson and pipeline (${events})`, start);
}
