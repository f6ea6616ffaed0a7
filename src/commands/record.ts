/** `sockleak record FILE`: the documented events into a recording, until it is told to stop. */
import { analyse } from "../analysis/analyse.ts";
import { Tracker } from "../model/tracker.ts";
import { Files } from "../recording/files.ts";
import { isPlain, type Rotation } from "../recording/names.ts";
import { type Output, pipeOutput } from "../recording/output.ts";
import { Recorder, type Totals } from "../recording/recorder.ts";
import { Ring } from "../recording/ring.ts";
import type { Seeded } from "../source/seeded.ts";
import type { Sink } from "../source/source.ts";
import { CommandError, EXIT, type Io } from "./io.ts";
import { attached, type LiveOptions, startLive } from "./live.ts";
import { takeMarks } from "./mark.ts";
import { followProgress } from "./progress.ts";
import { type RedactOptions, redactionOf } from "./redaction.ts";
import { thresholdsOf } from "./thresholds.ts";

export type RecordOptions = LiveOptions &
  RedactOptions & {
    readonly for?: number;
    readonly rotateSize?: number;
    readonly rotateAge?: number;
    readonly keep?: number;
    readonly maxDisk?: number;
    readonly force?: true;
    /** Milliseconds kept in memory. */
    readonly ring?: number;
  };

/** How often the flight recorder looks whether something leaks. */
const RING_LOOK_MS = 5_000;

export async function record(path: string, options: RecordOptions, io: Io): Promise<number> {
  return options.ring === undefined ? recordAll(path, options, io) : recordRing(path, options, io);
}

async function recordAll(path: string, options: RecordOptions, io: Io): Promise<number> {
  const open = opener(path, { rotation: rotationOf(options), overwrite: options.force === true }, io);
  let live: Seeded | undefined;
  const recorder = await Recorder.open({
    ...open,
    plain: isPlain(path),
    trouble: (text) => io.err(`${text}\n`),
    begun: () => live?.look(),
  }).catch((error: Error) => cannotOpen(path, error));
  live = await startLive(options, "full", redacted(recorder.take, options));
  return run(live, { options, io, totals: () => recorder.totals, finish: () => recorder.close() });
}

/** Writes a file for every new leak, and whenever SIGUSR2 asks for one. */
async function recordRing(path: string, options: RecordOptions, io: Io): Promise<number> {
  if (path === "-") throw new CommandError(EXIT.usage, { message: "--ring writes files: it cannot write to a pipe" });
  const ring = new Ring(options.ring ?? 0);
  const tracker = new Tracker();
  const written = { events: 0, gaps: 0, lost: 0, file: "none yet" };
  let lastUs = 0;
  const take: Sink = (events) => {
    ring.take(events);
    for (const event of events) {
      tracker.apply(event);
      lastUs = Math.max(lastUs, event.atUs);
      if (event.type === "gap") {
        written.gaps += 1;
        written.lost += event.lost ?? 0;
      }
    }
    written.events += events.length;
  };
  const { open } = opener(path, { rotation: eachItsOwn(options), overwrite: false }, io);
  const dump = async (why: string) => {
    const output = await open();
    await ring.dump(output, isPlain(path)).finally(() => output.close());
    written.file = output.name;
    io.err(`${why}: the last minutes are in ${output.name}\n`);
  };
  const dumpOrSay = (why: string) => dump(why).catch((error: Error) => io.err(`cannot write: ${error.message}\n`));
  const told = new Set<string>();
  const look = () => {
    const { findings } = analyse(tracker.snapshot(lastUs), thresholdsOf(options));
    const fresh = findings.filter(({ id, leak }) => leak && !told.has(id));
    for (const { id } of fresh) told.add(id);
    if (fresh[0] !== undefined) void dumpOrSay(`found ${fresh[0].id}`);
  };
  const live = await startLive(options, "full", redacted(take, options));
  const timer = setInterval(look, RING_LOOK_MS);
  const onSignal = () => void dumpOrSay("SIGUSR2");
  process.on("SIGUSR2", onSignal);
  const totals = () => ({ ...written, bytes: ring.bytes, unwritten: 0 });
  return run(live, { options, io, totals, finish: async () => clearInterval(timer) });
}

/** Before anything is written, or kept to be written. */
function redacted(take: Sink, options: RedactOptions): Sink {
  const redact = redactionOf(options);
  return redact === null ? take : (events) => take(redact(events));
}

function eachItsOwn({ keep, maxDisk }: RecordOptions): Rotation {
  return { bytes: null, ageMs: null, keep: keep ?? null, diskBytes: maxDisk ?? null };
}

type Running = {
  readonly options: RecordOptions;
  readonly io: Io;
  readonly totals: () => Totals;
  readonly finish: () => Promise<void>;
};

async function run(live: Seeded, { options, io, totals, finish }: Running): Promise<number> {
  const marks = await takeMarks((text) => live.mark(text), io);
  const progress = followProgress(io, totals);
  try {
    await Promise.race([io.stopped, attached(live)]);
    await Promise.race([io.stopped, live.done, pause(options.for)]);
  } finally {
    marks.close();
    await live.stop();
    await finish();
    progress.end();
  }
  return totals().unwritten > 0 ? EXIT.failed : EXIT.done;
}

type Opener = { readonly open: () => Promise<Output>; readonly isFull?: (output: Output, more: number) => boolean };

function opener(
  path: string,
  { rotation, overwrite }: { rotation: Rotation | null; overwrite: boolean },
  { stdout, terminal }: Io,
): Opener {
  if (path !== "-") {
    const files = new Files({ path, rotation, overwrite, nowMs: () => Date.now() });
    return { open: () => files.open(), isFull: (output, more) => files.isFull(output, more) };
  }
  if (terminal !== null) {
    const message = "standard output is a terminal: a recording is for programs";
    throw new CommandError(EXIT.usage, { message, hint: "sockleak record FILE, or sockleak trace for people" });
  }
  return { open: async () => pipeOutput(stdout) };
}

function rotationOf({ rotateSize, rotateAge, keep, maxDisk }: RecordOptions): Rotation | null {
  if ([rotateSize, rotateAge, keep, maxDisk].every((asked) => asked === undefined)) return null;
  if (rotateSize !== undefined && maxDisk !== undefined && rotateSize > maxDisk) {
    throw new CommandError(EXIT.usage, { message: "--rotate-size is more than --max-disk: not one file would fit" });
  }
  if (keep !== undefined && rotateSize === undefined && rotateAge === undefined && maxDisk === undefined) {
    const hint = "give --rotate-size 100MB, --rotate-age 1h or --max-disk 1GB, too";
    throw new CommandError(EXIT.usage, { message: "--keep counts rotated files, and nothing rotates them", hint });
  }
  return { bytes: rotateSize ?? null, ageMs: rotateAge ?? null, keep: keep ?? null, diskBytes: maxDisk ?? null };
}

function cannotOpen(path: string, { message, code }: NodeJS.ErrnoException): never {
  if (code !== "EEXIST") throw new CommandError(EXIT.cannot, { message: `cannot record to ${path}: ${message}` });
  const hint = "choose another name, overwrite it with --force, or let files be rotated (--rotate-age 1h)";
  throw new CommandError(EXIT.usage, { message: `cannot record to ${path}: it is there already`, hint });
}

/** Never, without a time. */
function pause(ms: number | undefined): Promise<void> {
  return new Promise((resolve) => {
    if (ms !== undefined) setTimeout(resolve, ms);
  });
}
