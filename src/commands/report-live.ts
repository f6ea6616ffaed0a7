/**
 * `sockleak report` without a file: what leaks on this host. What stands is told at once; then it is watched until new leaks
 * have come whose code paths are known, or time is up.
 *
 *   census ── the standing leaks ── probes ── 1 of 3 new leaks with a code path … 3 of 3 ── the report
 */
import type { FindingsDocument } from "../analysis/findings-document.ts";
import { formatDuration } from "../format/duration.ts";
import { safeText } from "../format/safe-text.ts";
import { boottimeUs } from "../host/boottime.ts";
import { Chronicle } from "../model/chronicle.ts";
import type { Event } from "../model/event.ts";
import { Tracker } from "../model/tracker.ts";
import type { Seeded } from "../source/seeded.ts";
import { failsOn } from "./fail-on.ts";
import { EXIT, type Io } from "./io.ts";
import { type LiveOptions, startLive } from "./live.ts";
import { formatOf, mustBeWritable, put, type RenderOptions, type Report, render, told } from "./present.ts";
import { type RedactOptions, redactionOf } from "./redaction.ts";

export type LiveReportOptions = LiveOptions & {
  /** New leaks with a code path that are enough. */
  readonly until?: number;
  /** Milliseconds. */
  readonly for?: number;
};
type Options = LiveReportOptions & RenderOptions & RedactOptions;

const UNTIL = 3;
const FOR_MS = 5 * 60_000;

export async function reportLive(options: Options, io: Io): Promise<number> {
  mustBeWritable(options);
  const watched = await Watched.start(options);
  await Promise.race([watched.looked, io.stopped]);
  const standing = watched.report();
  const isText = formatOf(options) === "text" && options.output === undefined;
  // Somebody at a terminal at night need not wait for what is known.
  if (isText) io.out(`${await render(standing, options, io)}\n`);
  io.err(`${waitText(options)}\n`);
  const why = await Promise.race([watched.enough, io.stopped.then(() => "stopped"), pause(options.for ?? FOR_MS)]);
  await watched.stop();
  const last = watched.report();
  io.err(`${safeText(why)}: ${foundText(last.document)}\n`);
  put(await render(last, options, io), options, io);
  return failsOn(last.document, options.failOn ?? "never") ? EXIT.findings : EXIT.done;
}

/** The live stream, followed by what reports are made of. */
class Watched {
  /** The first census is told. */
  readonly looked: Promise<void>;
  /** Enough new leaks have a code path; or none ever will. */
  readonly enough: Promise<string>;
  readonly #options: Options;
  readonly #tracker = new Tracker();
  readonly #chronicle: Chronicle | null;
  readonly #redact: ReturnType<typeof redactionOf>;
  #live: Seeded | undefined;
  #saw = () => {};
  #found = (_why: string) => {};

  private constructor(options: Options) {
    this.#options = options;
    this.#chronicle = formatOf(options) === "html" ? new Chronicle(this.#tracker) : null;
    this.#redact = redactionOf(options);
    this.looked = new Promise((resolve) => {
      this.#saw = resolve;
    });
    this.enough = new Promise((resolve) => {
      this.#found = resolve;
    });
  }

  static async start(options: Options): Promise<Watched> {
    const watched = new Watched(options);
    watched.#live = await startLive(options, "lean", (events) => watched.#take(events));
    watched.#live.attached.catch((error: Error) => watched.#found(`no code paths: ${error.message.split("\n")[0]}`));
    return watched;
  }

  report(): Report {
    return told({ snapshot: this.#tracker.snapshot(boottimeUs()), chronicle: this.#chronicle }, this.#options);
  }

  async stop(): Promise<void> {
    await this.#live?.stop();
  }

  #take(all: readonly Event[]): void {
    const events = this.#redact?.(all) ?? all;
    for (const event of events) {
      this.#tracker.apply(event);
      this.#chronicle?.note(event);
    }
    if (events.some(({ type }) => type === "round")) this.#saw();
    if (events.some(({ type }) => type === "tick")) this.#weigh();
  }

  #weigh(): void {
    const until = this.#options.until ?? UNTIL;
    const found = pathed(this.report().document);
    if (found >= until) this.#found(`${newLeaks(found)} a code path`);
  }
}

/** Leaks of which it is known on which code path they were opened. */
function pathed({ findings }: FindingsDocument): number {
  const leaks = findings.filter(({ leak }) => leak);
  const opened = leaks.flatMap(({ sites }) =>
    sites.filter(({ role, frames }) => role === "opened" && frames.length > 0),
  );
  return opened.reduce((sum, { leaked }) => sum + leaked, 0);
}

function newLeaks(count: number): string {
  return count === 1 ? "1 new leak has" : `${count} new leaks have`;
}

function waitText({ until = UNTIL, for: ms = FOR_MS }: Options): string {
  return `watching until ${newLeaks(until)} a code path, for ${formatDuration(ms)} at most; ^C reports what is known by then`;
}

function foundText({ summary }: FindingsDocument): string {
  return safeText(summary.text);
}

function pause(ms: number): Promise<string> {
  return new Promise((resolve) => {
    setTimeout(() => resolve(`after ${formatDuration(ms)}`), ms).unref();
  });
}
