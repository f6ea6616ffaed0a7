/** One attachment tried for real: does this kernel let this bpftrace attach it, and if not, why? */
import type { Exit } from "./bpftrace.ts";
import { type Footprint, footprintOf } from "./footprint.ts";
import { FULL, type ProbeAttachment, plainlyMissing, scriptFor } from "./script.ts";
import { Session } from "./session.ts";

export type Attempt =
  | { readonly ok: true; readonly ms: number; readonly memory: Footprint }
  | { readonly ok: false; readonly reason: string; readonly ms: number };

/** Runs the whole script until its first heartbeat, the one sign that everything is attached. */
export async function tryAttach(attachment: ProbeAttachment, probing = FULL): Promise<Attempt> {
  const start = performance.now();
  const ms = () => Math.round(performance.now() - start);
  const missing = plainlyMissing(attachment);
  if (missing !== undefined) return { ok: false, reason: missing, ms: ms() };
  const nothing = () => {};
  const session = new Session({
    script: await scriptFor(attachment, probing),
    attached: nothing,
    line: nothing,
    refused: nothing,
    chunk: nothing,
    missed: nothing,
  });
  const attached = await session.attached;
  const took = ms();
  if (!attached) return { ok: false, reason: failureReason(await session.exit), ms: took };
  const memory = await footprintOf(session.pid ?? 0);
  await session.stop();
  return { ok: true, ms: took, memory };
}

/** bpftrace prints this where it may not raise the limit, and goes on all the same. */
const HARMLESS = /RLIMIT_MEMLOCK|^WARNING|^DEBUG|^\s*$/;
const TELLING = /error|BUG|cannot|could not|not permitted|No such/i;

/** What bpftrace said, in one or two lines: the errors first, else the last it said. */
export function failureReason({ code, signal, stderr, hung }: Exit & { readonly hung?: boolean }): string {
  if (hung) return "bpftrace hung (no heartbeat) and was killed";
  const lines = stderr.split("\n").filter((line) => !HARMLESS.test(line));
  const errors = [...new Set(lines.filter((line) => TELLING.test(line)).map(shortened))].slice(0, 2);
  if (errors.length > 0) return errors.join("; ");
  // Without an error it ran: what else is on stderr are the compiler's warnings, or its last words (C++: "terminate called after …").
  if (signal === null) return `bpftrace said nothing (exit code ${code ?? "unknown"})`;
  const last = signal === "SIGABRT" ? lines.slice(-2).map(shortened) : [];
  return [`bpftrace was ended by ${signal}`, ...last].join(": ");
}

/** Without the script's path and place, which say nothing to a user. */
function shortened(line: string): string {
  return line
    .replace(/^(?:\S*\.bt|stdin|-e)\S*:[\d:-]+: /, "")
    .replace(/^ERROR: /, "")
    .trim()
    .slice(0, 240);
}
