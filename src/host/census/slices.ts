/** Work in slices, so that the event loop (a dashboard's keys) waits for none longer than a slice takes. */
import { setImmediate } from "node:timers/promises";
import type { TcpState } from "../../model/state.ts";
import type { Row, Table } from "./row.ts";
import { parseSsLine } from "./ss.ts";

/** A long line takes some 10 µs. */
const SLICE = 400;

export async function inSlices<T>(items: Iterable<T>, work: (item: T) => void): Promise<void> {
  let done = 0;
  for (const item of items) {
    work(item);
    if (++done % SLICE === 0) await setImmediate();
  }
}

/** As parseSs, for the tables of real hosts. */
export async function parseSsInSlices(text: string, asked?: TcpState): Promise<Table> {
  const rows: Row[] = [];
  let refused = 0;
  await inSlices(lines(text), (line) => {
    if (line.trim() === "") return;
    const row = parseSsLine(line, asked);
    if (row === null) refused++;
    else rows.push(row);
  });
  return { rows, refused };
}

function* lines(text: string): Iterable<string> {
  for (let from = 0; from < text.length; ) {
    const end = text.indexOf("\n", from);
    yield text.slice(from, end < 0 ? text.length : end);
    from = end < 0 ? text.length : end + 1;
  }
}
