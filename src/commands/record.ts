/** `sockleak record FILE`: the documented events into a recording, until it is told to stop. */
import { safeText } from "../format/safe-text.ts";
import { isPlain } from "../recording/names.ts";
import { Recorder, type Totals } from "../recording/recorder.ts";
import type { Seeded } from "../source/seeded.ts";
import type { Sink } from "../source/source.ts";
import { CommandError, EXIT, type Io } from "./io.ts";
import { attached, type LiveOptions, startLive } from "./live.ts";
import { takeMarks } from "./mark.ts";
import { followProgress } from "./progress.ts";
import { cannotOpen, eachItsOwn, type OutputOptions, opener } from "./record-output.ts";
import { FlightRecorder } from "./record-ring.ts";
import { type RedactOptions, redactionOf } from "./redaction.ts";
import { thresholdsOf } from "./thresholds.ts";

export type RecordOptions = LiveOptions &
  RedactOptions &
  OutputOptions & {
    readonly for?: number;
    /** Milliseconds kept in memory. */
    readonly ring?: number;
  };

export async function record(path: string, options: RecordOptions, io: Io): Promise<number> {
  return options.ring === undefined ? recordAll(path, options, io) : recordRing(path, options, io);
}

async function recordAll(path: string, options: RecordOptions, io: Io): Promise<number> {
  let live: Seeded | undefined;
  const recorder = await Recorder.open({
    ...opener(path, options, io),
    plain: isPlain(path),
    trouble: sayer(io),
    begun: () => live?.look(),
  }).catch((error: Error) => cannotOpen(path, error));
  live = await startLive(options, "full", redacted(recorder.take, options));
  return run(live, { options, io, totals: () => recorder.totals, finish: () => recorder.close() });
}

async function recordRing(path: string, options: RecordOptions, io: Io): Promise<number> {
  if (path === "-") throw new CommandError(EXIT.usage, { message: "--ring writes files: it cannot write to a pipe" });
  const { open } = eachItsOwn(path, options);
  const asked = thresholdsOf(options);
  const flight = new FlightRecorder({ lengthMs: options.ring ?? 0, asked, open, plain: isPlain(path), say: sayer(io) });
  const live = await startLive(options, "full", redacted(flight.take, options));
  return run(live, { options, io, totals: () => flight.totals, finish: async () => flight.stop() });
}

/** Names of programs and files may be in it. */
function sayer({ err }: Io): (text: string) => void {
  return (text) => err(`${safeText(text)}\n`);
}

/** Before anything is written, or kept to be written. */
function redacted(take: Sink, options: RedactOptions): Sink {
  const redact = redactionOf(options);
  return redact === null ? take : (events) => take(redact(events));
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

/** Never, without a time. */
function pause(ms: number | undefined): Promise<void> {
  return new Promise((resolve) => {
    if (ms !== undefined) setTimeout(resolve, ms);
  });
}
