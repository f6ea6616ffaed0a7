/**
 * What sockleak costs, and others. As root: npm run bench [-- [--quick] [--out FILE] [--who TEXT] [ROW…]]
 *
 *   --quick      one pair of short runs: does everything still work?
 *   --out FILE   the figures as JSON (bench.json)
 *   --who TEXT   only contestants whose name has it
 *   ROW…         only these, by their names in rows.ts
 *
 * A figure counts for this machine at that time: who else was busy shows in the spread, and in `load` of the JSON. What
 * census rounds cost is measured by census.ts.
 */
import { writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { machineFacts } from "./machine.ts";
import { makePlace } from "./place.ts";
import { renderRow } from "./render.ts";
import { type Line, ROWS } from "./rows.ts";
import { installTools } from "./tools.ts";

const OPTIONS = {
  quick: { type: "boolean", default: false },
  out: { type: "string", default: "bench.json" },
  who: { type: "string", default: "" },
} as const;

const { values, positionals } = parseArgs({ options: OPTIONS, allowPositionals: true });
const unknown = positionals.find((name) => !ROWS.some((row) => row.name === name));
if (unknown !== undefined) refuse(`no row "${unknown}": there are ${ROWS.map(({ name }) => name).join(", ")}`);
if (process.getuid?.() !== 0) refuse("the bench needs root: tracing does");

await installTools();
const isAsked = (name: string) => name.includes(values.who);
const effort = {
  place: await makePlace(),
  isAsked,
  ...(values.quick ? { pairs: 1, seconds: 2 } : { pairs: 3, seconds: 5 }),
};
const machine = await machineFacts();
console.log(
  `${Object.entries(machine)
    .map(([name, value]) => `${name} ${value}`)
    .join(", ")}\n`,
);
const lines: Line[] = [];
for (const row of ROWS.filter(({ name }) => positionals.length === 0 || positionals.includes(name))) {
  const found = await row.run(effort);
  lines.push(...found);
  console.log(renderRow(`${row.name}: ${row.about}`, found));
  writeFileSync(
    values.out,
    `${JSON.stringify({ machine, pairs: effort.pairs, seconds: effort.seconds, lines }, null, 2)}\n`,
  );
}
process.exit();

function refuse(why: string): never {
  console.error(`bench: ${why}`);
  process.exit(2);
}
