/**
 * `sockleak run -- CMD…`: runs a command with all that comes of it under watch, and fails if it leaks.
 *
 *   watch ──attached──→ CMD starts ── … ──→ CMD has ended ──→ grace, while descendants live ──→ judged ──→ exit code
 *
 * The command's streams, terminal and signals are its own: nothing is written before it has ended, and then to standard error.
 */
import { constants as system } from "node:os";
import { safeText } from "../format/safe-text.ts";
import { BY_SIGNAL, CANNOT_WATCH, type Outcome, ownCodeOf } from "../gate/outcome.ts";
import { startCommand, whyNotStarted } from "../host/command.ts";
import { environmentOf, findInvoker, wordsOf } from "../host/invoker.ts";
import { localHost } from "../host/local.ts";
import { CommandError, EXIT, type Io } from "./io.ts";
import type { RunOptions } from "./run/options.ts";
import { mustBeWritable } from "./run/output.ts";
import { readPlan } from "./run/plan.ts";
import { tell } from "./run/report.ts";
import { Signals } from "./run/signals.ts";
import { startWatcher } from "./run/start.ts";

export type RunIo = Pick<Io, "err" | "errTerminal">;

/** Errors (CommandError): wrong usage (2). Everything else has an exit code of its own (gate/outcome.ts). */
export async function run(argv: readonly string[], options: RunOptions, io: RunIo): Promise<number> {
  if (argv.length === 0) {
    const hint = "sockleak run -- npm test";
    throw new CommandError(EXIT.usage, { message: "run what? the command is missing", hint });
  }
  const plan = readPlan(options);
  const invoker = options.asRoot ? null : await findInvoker(localHost, process.env, process.geteuid?.() ?? null);
  for (const path of [options.output, options.junit, options.updateBaseline ? options.baseline : undefined])
    if (path !== undefined) mustBeWritable({ path, owner: invoker });
  const env = invoker === null ? process.env : environmentOf(invoker, process.env);
  const cannot = whyNotStarted(argv, env);
  if (cannot !== null) {
    io.err(`sockleak: ${safeText(argv[0] ?? "")}: ${cannot.why}\n`);
    return cannot.code;
  }
  const as = invoker === null ? [] : wordsOf(invoker);
  let outcome: Outcome | null = null;
  try {
    const signals = new Signals();
    const watcher = await Promise.race([startWatcher(options), signals.early]);
    if (typeof watcher === "string") return BY_SIGNAL + system.signals[watcher];
    const command = startCommand(argv, { env, as });
    signals.attend(command);
    if (command.pid !== undefined) watcher.begin(command.pid);
    outcome = await command.ended;
    if (command.pid !== undefined) await watcher.settled(options.grace);
    signals.dismiss();
    return tell(await watcher.end(), { argv, outcome, options, plan, owner: invoker, io });
  } catch (error) {
    return failed(error, outcome, io);
  }
}

/** Our own failure is no reason to lose the command's, and none to pass it. */
function failed(error: unknown, outcome: Outcome | null, io: RunIo): number {
  const { message, stack } = error as Error;
  io.err(`sockleak: ${safeText(message)}\n`);
  if (process.env.SOCKLEAK_DEBUG) io.err(`${stack}\n`);
  const own = outcome === null ? 0 : ownCodeOf(outcome);
  return own === 0 ? CANNOT_WATCH : own;
}
