/**
 * Plays a recording: its events, at their time by a clock of its own that runs faster or slower than ours, stops and jumps.
 *
 *   events   ──e──e─e───────e──e┈┈┈┈┈┈┈      backwards means from the beginning again, as fast as it goes
 *                        ▲ clock
 */
import type { Event } from "../../model/event.ts";

export const SPEED = { least: 0.1, most: 1_000, asFastAsPossible: Number.POSITIVE_INFINITY } as const;

/** Between two looks at the clock: shorter than what the eye tells apart. */
const TURN_MS = 40;

type Events = AsyncIterable<readonly Event[]>;

export type PlayerOptions = {
  /** From the beginning. */
  readonly events: () => Promise<Events>;
  /** What was told so far is over: the same again follows. */
  readonly restart: () => void;
  readonly take: (event: Event) => void;
  readonly nowMs: () => number;
  readonly speed: number;
};

export class Player {
  /** Resolves when it was stopped; rejects when the recording cannot be read on. */
  readonly done: Promise<void>;
  readonly #options: PlayerOptions;
  #iterator: AsyncIterator<readonly Event[]> | null = null;
  #batch: readonly Event[] = [];
  #at = 0;
  #startUs: number | null = null;
  #nowUs = 0;
  #anchor: { readonly ms: number; readonly us: number };
  #speed: number;
  #paused = false;
  #ended = false;
  #seekUs: number | null = null;
  #stopped = false;
  #wake = () => {};

  constructor(options: PlayerOptions) {
    this.#options = options;
    this.#speed = options.speed;
    this.#anchor = { ms: options.nowMs(), us: 0 };
    this.done = this.#run();
  }

  /** The instant that is shown, microseconds of CLOCK_BOOTTIME. */
  get atUs(): number {
    return this.#nowUs;
  }

  /** Of the first event; null: none has been read yet. */
  get startUs(): number | null {
    return this.#startUs;
  }

  get speed(): number {
    return this.#speed;
  }

  get paused(): boolean {
    return this.#paused;
  }

  /** All has been told. */
  get ended(): boolean {
    return this.#ended;
  }

  /** It is on its way to where it was sent. */
  get seeking(): boolean {
    return this.#seekUs !== null;
  }

  setSpeed(speed: number): void {
    this.#speed = speed === SPEED.asFastAsPossible ? speed : Math.max(SPEED.least, Math.min(SPEED.most, speed));
    this.#reset();
  }

  pause(paused: boolean): void {
    this.#paused = paused;
    this.#reset();
  }

  seek(atUs: number): void {
    this.#seekUs = Math.max(atUs, this.#startUs ?? atUs);
    this.#wake();
  }

  stop(): void {
    this.#stopped = true;
    this.#wake();
  }

  #reset(): void {
    this.#anchor = { ms: this.#options.nowMs(), us: this.#nowUs };
    this.#wake();
  }

  async #run(): Promise<void> {
    while (!this.#stopped) {
      if (this.#seekUs !== null && this.#seekUs < this.#nowUs) await this.#rewind();
      const untilUs = this.#untilUs();
      const next = untilUs === null ? null : await this.#peek();
      if (untilUs === null || next === null) await this.#rest();
      else if (next.atUs <= untilUs) await this.#tell(untilUs);
      else await this.#arrive(untilUs);
    }
  }

  /** Until when it may tell now; null: it is paused. */
  #untilUs(): number | null {
    if (this.#seekUs !== null) return this.#seekUs;
    if (this.#paused) return null;
    if (this.#speed === SPEED.asFastAsPossible) return Number.POSITIVE_INFINITY;
    if (this.#startUs === null) return Number.POSITIVE_INFINITY;
    return this.#anchor.us + (this.#options.nowMs() - this.#anchor.ms) * 1000 * this.#speed;
  }

  /** The next event; null: there are no more. */
  async #peek(): Promise<Event | null> {
    this.#iterator ??= (await this.#options.events())[Symbol.asyncIterator]();
    while (this.#at >= this.#batch.length) {
      const { value, done } = await this.#iterator.next();
      if (done) {
        this.#ended = true;
        return null;
      }
      this.#batch = value;
      this.#at = 0;
    }
    return this.#batch[this.#at] ?? null;
  }

  /** Those of this batch that are due; then others have a turn. */
  async #tell(untilUs: number): Promise<void> {
    const isFirst = this.#startUs === null;
    for (
      let event = this.#batch[this.#at];
      event !== undefined && event.atUs <= untilUs;
      event = this.#batch[++this.#at]
    ) {
      this.#options.take(event);
      this.#nowUs = Math.max(this.#nowUs, event.atUs);
      // The first one starts the clock.
      if (isFirst) {
        this.#at += 1;
        this.#startUs = event.atUs;
        this.#reset();
        break;
      }
    }
    await new Promise((resolve) => setImmediate(resolve));
  }

  /** Nothing is due before this. */
  async #arrive(untilUs: number): Promise<void> {
    if (Number.isFinite(untilUs)) this.#nowUs = Math.max(this.#nowUs, Math.floor(untilUs));
    this.#settle();
    await this.#turn();
  }

  async #rest(): Promise<void> {
    this.#settle();
    await this.#turn();
  }

  #settle(): void {
    if (this.#seekUs === null) return;
    this.#seekUs = null;
    this.#reset();
  }

  #turn(): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, TURN_MS);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  async #rewind(): Promise<void> {
    await this.#iterator?.return?.();
    this.#iterator = null;
    this.#batch = [];
    this.#at = 0;
    this.#ended = false;
    this.#startUs = null;
    this.#nowUs = 0;
    this.#options.restart();
  }
}
