/** The gate's row: a suite's connections a second by itself and under `sockleak run`, in pairs; and what the gate adds around it. */
import { fileURLToPath } from "node:url";
import { output } from "./child.ts";
import { ratios, spreadOf } from "./pairs.ts";
import type { Effort, Line } from "./rows.ts";

const file = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const GATES = [
  { name: "run", options: [] },
  { name: "run --no-sites", options: ["--no-sites"] },
] as const;

export async function gateRow({ pairs, seconds, isAsked }: Effort): Promise<readonly Line[]> {
  const suite = [process.execPath, file("suite.mjs"), String(seconds)];
  const rate = async (argv: readonly string[]) => (JSON.parse(await output(argv)) as { rate: number }).rate;
  const lines: Line[] = [];
  for (const { name, options } of GATES.filter((gate) => isAsked(gate.name))) {
    console.error(`bench: gate, ${name}`);
    const gate = [process.execPath, file("../../dist/cli.js"), "run", ...options, "--quiet", "--"];
    const alone = [await rate(suite)];
    const gated: number[] = [];
    const aroundMs: number[] = [];
    for (let pair = 0; pair < pairs; pair++) {
      gated.push(await rate([...gate, ...suite]));
      alone.push(await rate(suite));
      aroundMs.push(await timeOf([...gate, "true"]));
    }
    const figures = {
      rate: spreadOf(gated),
      untracedRate: spreadOf(alone),
      ratio: spreadOf(ratios(alone, gated)),
      aroundMs: spreadOf(aroundMs),
    };
    lines.push({ row: "gate", contestant: name, figures });
  }
  return lines;
}

/** From start to end, with nothing to run. */
async function timeOf(argv: readonly string[]): Promise<number> {
  const startMs = performance.now();
  await output(argv);
  return performance.now() - startMs;
}
