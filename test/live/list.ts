/** `sockleak list --json` as a process, for live tests. */
import type { FindingsDocument } from "../../src/analysis/findings-document.ts";
import { sockleak, watchSockleak } from "./sockleak.ts";

export async function list(...args: readonly string[]): Promise<FindingsDocument> {
  const { stdout, stderr, code } = await sockleak("list", "--json", ...args);
  if (code !== 0) throw new Error(`list ended with ${code}: ${stderr}`);
  return JSON.parse(stdout) as FindingsDocument;
}

/** With --watch among the arguments: the first document with which there is enough. */
export async function listUntil(
  args: readonly string[],
  enough: (first: FindingsDocument, now: FindingsDocument) => boolean,
): Promise<FindingsDocument> {
  let first: FindingsDocument | undefined;
  for await (const line of watchSockleak("list", "--json", ...args)) {
    const now = JSON.parse(line) as FindingsDocument;
    first ??= now;
    if (enough(first, now)) return now;
  }
  throw new Error("list ended too early");
}
