/**
 * bpftrace as a source: attached in the best way that works, watched, and started again when it dies.
 *
 *            ┌────────── next attachment ◄── ended before the first heartbeat
 *            ▼                                         │
 *   start ─► attaching ── first heartbeat ─► tracing ──┤ ended, or hung and killed (session.ts)
 *            ▲                                         ▼
 *            └───────────── after a back-off ◄─────── waiting      every restart is a `gap`
 *
 * The same attachment again, but for one that made bpftrace crash, or that no longer attaches: then the next one's turn.
 * Full mode that cannot keep up goes on as lean, and comes back when there is less to tell (pressure.ts): a `gap`, too.
 */
import { cpus } from "node:os";
import { bootClock } from "../host/boottime.ts";
import type { Attachment, Unnumbered } from "../model/event.ts";
import { failureReason } from "./attach.ts";
import { type Overheard, Pipeline } from "./pipeline.ts";
import { Pressure } from "./pressure.ts";
import {
  ATTACHMENTS,
  FULL,
  type ProbeAttachment,
  type ProbeMode,
  type Probing,
  plainlyMissing,
  scriptFor,
} from "./script.ts";
import { Session } from "./session.ts";
import type { Source } from "./source.ts";

/** First pause before a restart; doubled each time up to the last. */
const BACKOFF_MS = { first: 500, last: 30_000 } as const;
/** Full mode is judged so often (pressure.ts). */
const JUDGED_EVERY_MS = 1000;
const TOO_MUCH = "full mode cannot keep up: from here on suspects and counts only (lean), until there is less to tell";
const CALM = "less to tell: every transition again (full)";
const KILLED = "bpftrace did not end when it was told to, and was killed: what it had not told yet is lost";
/** A run of this length was a good one: the next pause is the first again. */
const GOOD_RUN_MS = 60_000;

export type Refusal = { readonly attachment: Attachment; readonly reason: string };

/** No attachment works; `refusals` holds each one's reason. */
export class CannotAttach extends Error {
  override readonly name = "CannotAttach";
  readonly refusals: readonly Refusal[];
  constructor(refusals: readonly Refusal[]) {
    super(refusals.map(({ attachment, reason }) => `${attachment}: ${reason}`).join("\n"));
    this.refusals = refusals;
  }
}

export type LiveOptions = {
  readonly sink: (events: readonly Unnumbered[]) => void;
  /** Which to try, best first. */
  readonly attachments?: readonly ProbeAttachment[];
  /** Full mode, unless said otherwise. */
  readonly probing?: Probing;
  /** At the first heartbeat of each bpftrace, before any of its events. */
  readonly begin: (how: { readonly attachment: ProbeAttachment; readonly mode: ProbeMode }, pipeline: Pipeline) => void;
  readonly overheard?: Overheard;
  /** Then, too, and at the end of each bpftrace that had one. */
  readonly tracing: (tracing: boolean) => void;
};

export class Live implements Source {
  readonly done: Promise<void>;
  /** Resolves with the attachment in use; rejects with CannotAttach, or when stopped before. */
  readonly attached: Promise<ProbeAttachment>;
  readonly #options: LiveOptions;
  readonly #pipeline: Pipeline;
  #session: Session | undefined;
  readonly #probing: Probing;
  readonly #pressure = new Pressure();
  #mode: ProbeMode;
  #lost = false;
  #judged: NodeJS.Timeout | undefined;
  /** Why bpftrace is being ended by us, to go on in another mode. */
  #switching: string | null = null;
  #status: string | null = "attaching probes";
  #stopping = false;
  #wake = () => {};

  constructor(options: LiveOptions) {
    this.#options = options;
    this.#probing = options.probing ?? FULL;
    this.#mode = this.#probing.mode;
    this.#pipeline = new Pipeline({
      events: (events) => this.#tell(events),
      wallMs: () => Date.now(),
      bootNs: bootClock(),
      cpus: cpus().length,
      ...(options.overheard !== undefined && { overheard: options.overheard }),
    });
    this.attached = this.#choose();
    this.done = this.attached.then(
      (attachment) => this.#keep(attachment),
      () => {},
    );
  }

  /** A line of another bpftrace, about code paths. */
  beside(line: unknown): void {
    this.#pipeline.beside(line);
  }

  status(): string | null {
    return this.#status;
  }

  /** `graceMs`: for what bpftrace has not told yet; then it is killed, which is a gap. */
  async stop(graceMs?: number): Promise<void> {
    this.#stopping = true;
    this.#wake();
    await this.#session?.stop(graceMs);
    await this.done;
  }

  /** The bpftrace that runs now (tests end it). */
  get bpftracePid(): number | undefined {
    return this.#session?.pid;
  }

  /** Tries each attachment for real, best first. */
  async #choose(): Promise<ProbeAttachment> {
    const refusals: Refusal[] = [];
    for (const attachment of this.#options.attachments ?? ATTACHMENTS) {
      const missing = plainlyMissing(attachment);
      if (missing !== undefined) {
        refusals.push({ attachment, reason: missing });
        continue;
      }
      const session = await this.#begin(attachment);
      if (await session.attached) return attachment;
      refusals.push({ attachment, reason: failureReason(await session.exit) });
      if (this.#stopping) break;
    }
    throw new CannotAttach(refusals);
  }

  /** Follows the session that runs, and starts the next one when it has ended. */
  async #keep(attachment: ProbeAttachment): Promise<void> {
    let inUse = attachment;
    let pauseMs: number = BACKOFF_MS.first;
    while (this.#session !== undefined) {
      const exit = await this.#session.exit;
      clearInterval(this.#judged);
      if (this.#stopping) {
        if (exit.signal === "SIGKILL") this.#pipeline.gap({ why: "lost", lost: null, text: KILLED });
        break;
      }
      if (exit.ranMs > GOOD_RUN_MS) pauseMs = BACKOFF_MS.first;
      const reason = failureReason(exit);
      this.#pipeline.flush();
      this.#options.tracing(false);
      if (this.#switching === null) {
        this.#pipeline.gap({ why: "restart", lost: null, text: `bpftrace ended: ${reason}` });
        this.#status = `bpftrace ended: ${reason}; again in ${pauseMs / 1000} s`;
        await this.#pause(pauseMs);
        if (this.#stopping) break;
        pauseMs = Math.min(pauseMs * 2, BACKOFF_MS.last);
        if (isCrash(exit) || !(await this.#session.attached)) inUse = this.#after(inUse);
      } else this.#pipeline.gap({ why: "overload", lost: null, text: this.#switching });
      this.#switching = null;
      await this.#begin(inUse);
    }
    this.#pipeline.flush();
    this.#status = "stopped";
  }

  #after(attachment: ProbeAttachment): ProbeAttachment {
    const all = this.#options.attachments ?? ATTACHMENTS;
    return nextOf(
      attachment,
      all.filter((other) => plainlyMissing(other) === undefined),
    );
  }

  async #begin(attachment: ProbeAttachment): Promise<Session> {
    this.#status = "attaching probes";
    const mode = this.#mode;
    this.#session = new Session({
      script: await scriptFor(attachment, { ...this.#probing, mode }),
      attached: () => {
        this.#status = null;
        this.#options.begin({ attachment, mode }, this.#pipeline);
        this.#options.tracing(true);
        this.#lost = false;
        if (mode === "full") this.#judged = setInterval(() => this.#judge(), JUDGED_EVERY_MS);
      },
      line: (line) => this.#pipeline.take(line),
      refused: (count) => this.#pipeline.refused(count),
      chunk: () => this.#pipeline.release(),
      missed: (count) => this.#pipeline.skipped(count),
    });
    return this.#session;
  }

  #tell(events: readonly Unnumbered[]): void {
    this.#options.sink(events);
    if (this.#probing.mode === "full") for (const event of events) this.#weigh(event);
  }

  #weigh(event: Unnumbered): void {
    if (event.type === "gap" && event.why === "lost") this.#lost = true;
    if (event.type !== "tick" || this.#mode === "full" || this.#switching !== null) return;
    const { opened = 0, closed = 0 } = event.counted ?? {};
    if (this.#pressure.isLittleEnough(opened + closed)) this.#switch("full", CALM);
  }

  /** Every second while full mode traces. */
  #judge(): void {
    const second = { lost: this.#lost, lagMs: this.#pipeline.lagMs };
    this.#lost = false;
    if (this.#pressure.isTooMuch(second)) this.#switch("lean", TOO_MUCH);
  }

  #switch(mode: ProbeMode, why: string): void {
    this.#switching = why;
    this.#mode = mode;
    clearInterval(this.#judged);
    void this.#session?.stop();
  }

  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}

/** It may again by the same attachment: 0.27 was seen to abort by fentry on Linux 7.2 (std::bad_alloc; why is not known). */
function isCrash({ signal }: { readonly signal: string | null }): boolean {
  return signal === "SIGABRT" || signal === "SIGSEGV" || signal === "SIGBUS";
}

/** In turn; the one and only after itself. */
export function nextOf<T>(one: T, all: readonly T[]): T {
  return all[(all.indexOf(one) + 1) % all.length] ?? one;
}
