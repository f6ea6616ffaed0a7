/** `list`, which needs no probes, and what it finds of a program. */
import { createInterface } from "node:readline";
import type { FindingsDocument } from "../../../src/analysis/findings-document.ts";
import { startSockleak } from "./child.ts";

const OLDER_THAN_MS = 5_000;
/** After the first look: what has no other age is older than that by then. */
const WATCHED_US = (OLDER_THAN_MS + 1_500) * 1000;

/** The first document of a `list --watch` that has watched for long enough to judge all that stands. */
export async function watched(): Promise<FindingsDocument> {
  const options = ["--watch", "2500ms", "--older-than", `${OLDER_THAN_MS}ms`, "--sockets", "1000"];
  const child = startSockleak("list", "--json", ...options);
  let firstUs: number | undefined;
  for await (const line of createInterface({ input: child.stdout as NodeJS.ReadableStream })) {
    const document = JSON.parse(line) as FindingsDocument;
    firstUs ??= document.observed.toUs;
    if (document.observed.toUs - firstUs < WATCHED_US) continue;
    child.kill("SIGTERM");
    return document;
  }
  throw new Error("list ended too early");
}

/** Kind and count of each leak found in a program, by its port: not every socket has a process. */
export function foundOf({ findings }: FindingsDocument, { pid, port }: { pid: number; port: number }): string {
  const own = findings.filter(
    ({ leak, process, sockets }) => leak && (process?.pid === pid || sockets.some(({ local }) => local?.port === port)),
  );
  return own.map(({ kind, count }) => `${kind} ${count}`).join(", ");
}
