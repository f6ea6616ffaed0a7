/**
 * How long a report takes beside unpacking and parsing the same file, and how much memory: each in a process of its own,
 * in turns. `node --import tsx test/bench/report.ts FILE [ROUNDS]`; make-recording.ts makes a file.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const [file = "", rounds = "3"] = process.argv.slice(2);
const CLI = fileURLToPath(new URL("../../dist/cli.js", import.meta.url));
const BARE = `
const { createReadStream } = require("node:fs");
const { createGunzip } = require("node:zlib");
let rest = "", events = 0;
const text = createReadStream(process.argv[1], { highWaterMark: 262144 }).pipe(createGunzip({ chunkSize: 262144 })).setEncoding("utf8");
text.on("data", (chunk) => {
  const lines = (rest + chunk).split("\\n");
  rest = lines.pop();
  for (const line of lines) { JSON.parse(line); events++; }
}).on("end", () => console.log(events));
`;

type Cost = { readonly seconds: number; readonly peakMb: number };

async function run(argv: readonly string[]): Promise<Cost> {
  const startMs = performance.now();
  const child = spawn(process.execPath, argv, { stdio: ["ignore", "ignore", "inherit"] });
  let peakMb = 0;
  const look = setInterval(() => {
    const kb = /VmHWM:\s+(\d+)/.exec(read(`/proc/${child.pid}/status`))?.[1];
    if (kb !== undefined) peakMb = Number(kb) / 1024;
  }, 50);
  const [code] = await once(child, "exit");
  clearInterval(look);
  if (code !== 0) throw new Error(`${argv.join(" ")} ended with ${code}`);
  return { seconds: (performance.now() - startMs) / 1000, peakMb };
}

function read(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}

function tell(what: string, { seconds, peakMb }: Cost): void {
  console.log(`${what.padEnd(24)} ${seconds.toFixed(1)} s, ${Math.round(peakMb)} MB`);
}

const ratios: number[] = [];
for (let round = 0; round < Number(rounds); round++) {
  const bare = await run(["-e", BARE, file]);
  tell("gunzip and JSON.parse", bare);
  const report = await run([CLI, "report", "--json", file]);
  tell("report --json", report);
  ratios.push(report.seconds / bare.seconds);
}
console.log(`ratio ${ratios.map((ratio) => ratio.toFixed(2)).join(", ")}`);
