/** `sockleak record --ring`: the last minutes in memory; a file for every new leak, and whenever SIGUSR2 asks for one. */
import { type AnalyseOptions, analyse } from "../analysis/analyse.ts";
import type { Event } from "../model/event.ts";
import { Tracker } from "../model/tracker.ts";
import type { Output } from "../recording/output.ts";
import type { Totals } from "../recording/recorder.ts";
import { Ring } from "../recording/ring.ts";

/** How often it looks whether something leaks. */
const LOOK_MS = 5_000;

export type FlightOptions = {
  readonly lengthMs: number;
  readonly asked: AnalyseOptions;
  readonly open: () => Promise<Output>;
  readonly plain: boolean;
  readonly say: (text: string) => void;
};

export class FlightRecorder {
  readonly #options: FlightOptions;
  readonly #ring: Ring;
  readonly #tracker = new Tracker();
  /** Leaks that have had their file. */
  readonly #told = new Set<string>();
  readonly #timer: NodeJS.Timeout;
  #lastUs = 0;
  #counts = { events: 0, gaps: 0, lost: 0, file: "none yet" };

  constructor(options: FlightOptions) {
    this.#options = options;
    this.#ring = new Ring(options.lengthMs);
    this.#timer = setInterval(() => this.#look(), LOOK_MS);
    process.on("SIGUSR2", this.#onSignal);
  }

  get totals(): Totals {
    return { ...this.#counts, bytes: this.#ring.bytes, unwritten: 0 };
  }

  readonly take = (events: readonly Event[]): void => {
    this.#ring.take(events);
    for (const event of events) this.#one(event);
  };

  stop(): void {
    clearInterval(this.#timer);
    process.off("SIGUSR2", this.#onSignal);
  }

  #one(event: Event): void {
    this.#tracker.apply(event);
    this.#lastUs = Math.max(this.#lastUs, event.atUs);
    this.#counts.events += 1;
    if (event.type !== "gap") return;
    this.#counts.gaps += 1;
    this.#counts.lost += event.lost ?? 0;
  }

  readonly #onSignal = (): void => void this.#dump("SIGUSR2");

  #look(): void {
    const { findings } = analyse(this.#tracker.snapshot(this.#lastUs), this.#options.asked);
    const fresh = findings.filter(({ id, leak }) => leak && !this.#told.has(id));
    for (const { id } of fresh) this.#told.add(id);
    if (fresh[0] !== undefined) void this.#dump(`found ${fresh[0].id}`);
  }

  /** What cannot be written is said, and kept for the next time. */
  async #dump(why: string): Promise<void> {
    const { open, plain, say } = this.#options;
    try {
      const output = await open();
      await this.#ring.dump(output, plain).finally(() => output.close());
      this.#counts.file = output.name;
      say(`${why}: the last minutes are in ${output.name}`);
    } catch (error) {
      say(`cannot write the last minutes: ${(error as Error).message}`);
    }
  }
}
