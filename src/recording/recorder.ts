/**
 * Events → a recording.
 *
 *   events ─→ lines ─→ members, of 256 KB or half a second ─→ compressed ─→ written, one after the other
 *
 * What cannot be written (a full disk, a file that is gone) is counted, and told by a gap in place of the first event lost,
 * as soon as something can be written again. A disk that fails says so only when it is asked whether it has all that was
 * written: so it is asked twice a second, and what comes meanwhile is written while it thinks, which a busy one does for seconds.
 * Nobody who listens to the same events waits for any of this.
 */
import { promisify } from "node:util";
import { constants, gzip } from "node:zlib";
import type { Event } from "../model/event.ts";
import { Head } from "../model/head.ts";
import { printEvent } from "../wire/print.ts";
import { Losses, type Some } from "./losses.ts";
import { type Member, Members } from "./members.ts";
import { FileGone, type Output } from "./output.ts";

const compress = promisify(gzip);
/** After a crash at most a second may be missing, and the probes' order takes a part of it. */
const MEMBER_MS = 500;
/** With the half second of a member, within the second that a failing disk may cost; other logs ask as often (Redis, appendfsync everysec). */
const SYNC_MS = 400;
/** Members that wait for a disk or a pipe that is slow: 64 MB of text. */
const WAITING_MAX = 256;

export type RecorderOptions = {
  /** The first output, and the next one when that is full or gone. */
  readonly open: () => Promise<Output>;
  readonly isFull?: (output: Output, more: number) => boolean;
  readonly plain: boolean;
  /** Told once when writing begins to fail, with why, and once when it works again. */
  readonly trouble: (text: string) => void;
  /** Another file was begun: what stands now is not in it yet. */
  readonly begun?: () => void;
  readonly syncMs?: number;
};

export type Totals = {
  readonly events: number;
  readonly bytes: number;
  /** By the probes, as their gaps say. */
  readonly lost: number;
  readonly gaps: number;
  /** By us. */
  readonly unwritten: number;
  /** The file that is written to. */
  readonly file: string;
};

export class Recorder {
  readonly #options: RecorderOptions;
  readonly #members = new Members((member) => this.#enqueue(member));
  readonly #head = new Head();
  readonly #losses: Losses;
  #output: Output | null = null;
  #closedBytes = 0;
  #waiting: Member[] = [];
  #pumping: Promise<void> = Promise.resolve();
  #isPumping = false;
  #timer: NodeJS.Timeout | undefined;
  #askedMs = performance.now();
  /** Until the disk has answered. */
  #answer: Promise<void> | null = null;
  /** What it answered, when that was no. */
  #refusal: Error | null = null;
  /** What the file would begin with was not written. */
  #headless = false;
  #events = 0;
  #gaps = 0;
  #lost = 0;

  private constructor(options: RecorderOptions) {
    this.#options = options;
    this.#losses = new Losses(options.trouble);
  }

  /** Errors: as the first output's `open`. */
  static async open(options: RecorderOptions): Promise<Recorder> {
    const recorder = new Recorder(options);
    recorder.#output = await options.open();
    return recorder;
  }

  get totals(): Totals {
    return {
      events: this.#events,
      bytes: this.#closedBytes + (this.#output?.bytes ?? 0),
      lost: this.#lost,
      gaps: this.#gaps,
      unwritten: this.#losses.unwritten,
      file: this.#output?.name ?? "none",
    };
  }

  /** Members that have not been written yet: whoever can wait with more events sees here when to. */
  get waiting(): number {
    return this.#waiting.length;
  }

  readonly take = (events: readonly Event[]): void => {
    for (const event of events) this.#one(event);
    if (!this.#members.isEmpty) this.#timer ??= setTimeout(() => this.#cut(), MEMBER_MS);
  };

  /** Resolves when all that was taken has been written, or has failed to be, and the disk owes no answer. */
  async flush(): Promise<void> {
    this.#cut();
    await this.#pumping;
    await this.#answer;
    await this.#pumping;
  }

  /** The same, and the file is closed. */
  async close(): Promise<void> {
    await this.flush();
    this.#isPumping = true; // nobody else writes any more
    await this.#sync();
    // Perhaps there is room for as little as a gap.
    const missing = this.#losses.take();
    if (missing !== null) await this.#writeWith(missing, { ...missing, text: "" }).catch(() => {});
    await this.#output?.close().catch(() => {});
  }

  #one(event: Event): void {
    this.#events += 1;
    if (event.type === "gap") {
      this.#gaps += 1;
      this.#lost += event.lost ?? 0;
    }
    this.#members.add(printEvent(event.type === "end" ? this.#withTotals(event) : event), event);
    this.#head.note(event);
  }

  #withTotals(event: Event & { type: "end" }): Event {
    return { ...event, totals: { events: this.#events, gaps: this.#gaps, lost: this.#lost } };
  }

  #cut(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#members.cut();
  }

  #enqueue(member: Member): void {
    if (this.#waiting.length >= WAITING_MAX) {
      this.#failed(member, new Error("it is written too slowly"));
      return;
    }
    this.#waiting.push(member);
    if (!this.#isPumping) this.#pumping = this.#pump();
  }

  async #pump(): Promise<void> {
    this.#isPumping = true;
    await this.#heed();
    for (let member = this.#waiting.shift(); member !== undefined; member = this.#waiting.shift()) {
      await this.#write(member).catch((error: Error) => this.#failed(member as Member, error));
      await this.#heed();
      if (performance.now() - this.#askedMs >= (this.#options.syncMs ?? SYNC_MS)) this.#ask();
    }
    this.#isPumping = false;
  }

  async #write(member: Member): Promise<void> {
    const missing = this.#losses.take();
    try {
      await this.#writeWith(missing, member);
    } catch (error) {
      this.#losses.giveBack(missing);
      throw error;
    }
    this.#headless = false;
    this.#losses.written(member, missing);
  }

  async #writeWith(missing: Some | null, { text: lines, ...first }: Pick<Member, "text" | keyof Some>): Promise<void> {
    const text = (missing === null ? "" : printEvent(this.#losses.gapOf(missing))) + lines;
    const headed = () => this.#bytesOf(this.#headFor(missing ?? first) + text);
    let bytes = await (this.#headless ? headed() : this.#bytesOf(text));
    if (this.#output === null || this.#options.isFull?.(this.#output, bytes.length)) {
      await this.#next();
      bytes = await headed();
    }
    try {
      await this.#output?.write(bytes);
    } catch (error) {
      if (!(error instanceof FileGone)) throw error;
      // Once: whoever takes every file away at once gets no third.
      this.#options.trouble(`${error.message}: another is begun`);
      await this.#next();
      await this.#output?.write(await headed());
    }
  }

  /** Whether the disk has all that was written. One question at a time. */
  #ask(): void {
    if (this.#answer !== null || this.#output === null) return;
    this.#askedMs = performance.now();
    this.#losses.asked();
    this.#answer = this.#output.sync().then(
      () => this.#answered(null),
      (error: Error) => this.#answered(error),
    );
  }

  #answered(refusal: Error | null): void {
    this.#answer = null;
    this.#refusal = refusal;
    if (refusal === null) this.#losses.synced();
    else if (!this.#isPumping) this.#pumping = this.#pump();
  }

  /** Between two writes: the disk has lost what it was asked for, so what was written since goes, too. */
  async #heed(): Promise<void> {
    if (this.#refusal === null) return;
    const refusal = this.#refusal;
    this.#refusal = null;
    await this.#output?.takeBack();
    this.#losses.lost(refusal);
    this.#headless ||= this.#isEmpty;
  }

  /** All that was written is on the disk, or is taken back. */
  async #sync(): Promise<void> {
    await this.#settle();
    this.#ask();
    await this.#settle();
  }

  async #settle(): Promise<void> {
    await this.#answer;
    await this.#heed();
  }

  get #isEmpty(): boolean {
    return (this.#output?.bytes ?? 0) === 0;
  }

  async #bytesOf(text: string): Promise<Uint8Array> {
    return this.#options.plain ? Buffer.from(text) : compress(text, { level: constants.Z_BEST_SPEED });
  }

  #headFor(first: Pick<Event, "atUs" | "seq">): string {
    return this.#head.events(first).map(printEvent).join("");
  }

  async #next(): Promise<void> {
    await this.#leave();
    this.#output = await this.#options.open();
    this.#options.begun?.();
  }

  async #leave(): Promise<void> {
    await this.#sync();
    const left = this.#output;
    this.#output = null;
    this.#closedBytes += left?.bytes ?? 0;
    await left?.close().catch(() => {});
  }

  #failed(member: Member, error: Error): void {
    this.#losses.failed(member, error);
    this.#headless ||= this.#isEmpty;
  }
}
