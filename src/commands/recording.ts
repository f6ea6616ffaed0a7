/** Opens recordings for the commands that read them: errors in words, the part asked for, filters, the account at the end. */
import { createReadStream } from "node:fs";
import { formatDuration } from "../format/duration.ts";
import type { Instant } from "../format/parse-instant.ts";
import { plural } from "../format/plural.ts";
import { safeJson } from "../format/safe-json.ts";
import type { Event } from "../model/event.ts";
import { EventFilter } from "../model/filter.ts";
import { NewerSchema } from "../source/recording/file.ts";
import { NotOne } from "../source/recording/join.ts";
import { isPipe } from "../source/recording/pipe.ts";
import { Recording } from "../source/recording/recording.ts";
import { type Outside, Window } from "../source/recording/window.ts";
import { recordedFilterOf } from "./filter.ts";
import { CommandError, EXIT, type Io } from "./io.ts";
import type { FilterOptions } from "./options.ts";
import { followReading } from "./progress.ts";
import { untilStopped } from "./until-stopped.ts";
import { whyFailed } from "./why-failed.ts";

export type ReadOptions = FilterOptions & {
  readonly at?: Instant;
  readonly from?: Instant;
  readonly to?: Instant;
  readonly strict?: true;
};

export type Read = {
  /** Of the part that was read. */
  readonly endUs: number;
};

/** Hands over every event of the part that is asked for. Errors (CommandError): usage (2), a newer schema or no file (3), --strict (4). */
export async function readEvents(
  paths: readonly string[],
  options: ReadOptions,
  { io, take }: { readonly io: Io; readonly take: (events: readonly Event[]) => void },
): Promise<Read> {
  const { recording, window, pass } = await openPart(paths, options, io);
  const progress = followReading(io, recording);
  try {
    for await (const events of untilStopped(recording.events(), {
      stopped: io.stopped,
      isPipe: recording.bytes === null,
    })) {
      take(pass(events));
      if (window.isOver) break;
    }
  } catch (error) {
    throw inWords(error);
  } finally {
    progress.end();
  }
  tell(recording, options, io);
  if (window.outside !== null) tellOutside(window.outside, { isPipe: recording.bytes === null, io });
  return { endUs: window.endUs };
}

export type Part = {
  readonly recording: Recording;
  readonly window: Window;
  readonly pass: (events: readonly Event[]) => readonly Event[];
};

export async function openPart(paths: readonly string[], options: ReadOptions, io: Io): Promise<Part> {
  const { at, from, to = at } = options;
  if (at !== undefined && options.to !== undefined) {
    throw new CommandError(EXIT.usage, { message: "--at and --to both say where the report ends: give one of them" });
  }
  const countsBack = [from, to].some((instant) => instant?.from === "end");
  const endUs = countsBack ? await endOf(paths, io) : undefined;
  const window = new Window({
    ...(from !== undefined && { from }),
    ...(to !== undefined && { to }),
    ...(endUs !== undefined && { endUs }),
  });
  const asked = await recordedFilterOf(options);
  const filter = Object.keys(asked).length === 0 ? null : new EventFilter(asked);
  const recording = await open(paths, io);
  const pass = (events: readonly Event[]) => {
    const passed = window.pass(events);
    return filter === null ? passed : filter.pass(passed);
  };
  return { recording, window, pass };
}

export async function open(paths: readonly string[], io: Io): Promise<Recording> {
  try {
    for (const path of paths) await canRead(path, paths.length > 1);
    return await Recording.open({ paths, stdin: io.stdin as AsyncIterable<Buffer> });
  } catch (error) {
    throw inWords(error);
  }
}

/** Errors: it cannot be read (node:fs). Of a pipe nothing may be read for that: it would be missing. */
async function canRead(path: string, isOneOfSeveral: boolean): Promise<void> {
  if (isPipe(path)) {
    if (isOneOfSeveral) throw new NotOne(`${path} is a pipe: it cannot be joined with other files`);
    return;
  }
  await new Promise<void>((resolve, reject) => {
    const stream = createReadStream(path, { end: 0 });
    // What a read fails by (EISDIR) names no file.
    stream
      .once("error", (error) => reject(Object.assign(error, { path })))
      .once("readable", () => {
        stream.destroy();
        resolve();
      });
  });
}

/** Counting back from the end needs to know it: all is read once for that. */
async function endOf(paths: readonly string[], io: Io): Promise<number> {
  if (paths.some(isPipe)) {
    const message = "a time before the end needs a file: the end of a pipe comes last";
    throw new CommandError(EXIT.usage, { message, hint: "give the time from the start: +5m" });
  }
  let endUs = 0;
  try {
    const all = untilStopped((await open(paths, io)).events(), { stopped: io.stopped, isPipe: false });
    for await (const events of all) endUs = Math.max(endUs, events.at(-1)?.atUs ?? 0);
  } catch (error) {
    throw inWords(error);
  }
  return endUs;
}

/** Of a pipe nothing can be asked again: how it stood at its end is better than nothing. Errors (CommandError, 2). */
function tellOutside(outside: Outside, { isPipe, io }: { readonly isPipe: boolean; readonly io: Io }): void {
  const message = outsideText(outside);
  if (!isPipe || outside.where !== "after" || !outside.passed) {
    throw new CommandError(EXIT.usage, {
      message,
      hint: "give an instant in it: +5m from its start, -30s from its end",
    });
  }
  io.err(`${message}; this is how it stood at its end\n`);
}

function outsideText(outside: Outside): string {
  if (outside.where === "after") {
    const held = formatDuration((outside.endUs - outside.startUs) / 1000);
    return `what is asked for lies after the recording's end: it holds ${held}`;
  }
  return outside.where === "before"
    ? "what is asked for lies before the recording's start"
    : "nothing was recorded from --from to --to";
}

/** Every line that was not taken is told of; with --strict it is an error. */
function tell({ account, paths }: Recording, { strict }: ReadOptions, io: Io): void {
  if (account.events === 0) {
    const [first] = account.refusals;
    const [cut] = account.cut;
    const why = first ? `${first.file}:${first.line}: ${first.why}` : cut ? `${cut.file}: ${cut.why}` : "it is empty";
    throw new CommandError(EXIT.failed, { message: `no event was found in ${paths.join(", ")}: ${why}` });
  }
  for (const { file, line, why } of account.refusals) io.err(`${file}:${line}: ${why}\n`);
  const more = account.refused - account.refusals.length;
  if (more > 0) io.err(`and ${plural(more, "line")} more\n`);
  for (const { file, why } of account.cut) io.err(`${file}: ${why}; what is before it was read\n`);
  for (const [type, count] of account.unknown)
    io.err(`${plural(count, "event")} of a type not known here: ${safeJson(type)}\n`);
  if (strict && (account.refused > 0 || account.cut.length > 0)) {
    const message = `--strict: ${plural(account.refused, "line")} refused, ${plural(account.cut.length, "file")} cut`;
    throw new CommandError(EXIT.failed, { message });
  }
}

export function inWords(error: unknown): unknown {
  if (error instanceof NotOne) return new CommandError(EXIT.usage, { message: error.message });
  if (error instanceof NewerSchema) {
    return new CommandError(EXIT.cannot, { message: error.message, hint: "update sockleak here, or read it there" });
  }
  const { code, path = "the recording", syscall } = error as NodeJS.ErrnoException;
  if (typeof code !== "string" || syscall === undefined) return error;
  return new CommandError(EXIT.cannot, {
    message: `cannot read ${path}: ${whyFailed(error as NodeJS.ErrnoException)}`,
  });
}
