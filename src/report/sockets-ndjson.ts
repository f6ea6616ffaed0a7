/** Each socket of the findings document as a line of its own, with what the finding says of it: for jq and the like. */
import type { FindingsDocument } from "../analysis/findings-document.ts";
import { safeJson } from "../format/safe-json.ts";

export function printSockets({ findings }: FindingsDocument): string {
  const lines = findings.flatMap(({ id, kind, leak, standing, confidence, process, sockets }) => {
    const of = {
      finding: id,
      kind,
      leak,
      standing,
      confidence,
      pid: process?.pid ?? null,
      comm: process?.comm ?? null,
    };
    return sockets.map((socket) => `${safeJson({ ...of, ...socket })}\n`);
  });
  return lines.join("");
}
