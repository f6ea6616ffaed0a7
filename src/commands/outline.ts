/** What lies ahead in a recording, for the time line of a replay: read once through, beside the replay. */
import { type AnalyseOptions, analyse } from "../analysis/analyse.ts";
import { Chronicle, type ChronicleView } from "../model/chronicle.ts";
import type { Event } from "../model/event.ts";
import { Tracker } from "../model/tracker.ts";

/** Of the recording's time, between two looks for the first leak. */
const LOOK_US = 5_000_000;
/** While the replay itself is on its way somewhere, it goes first. */
const GIVE_WAY_MS = 50;

type Replay = { readonly isBusy: () => boolean; readonly isOver: () => boolean };

export class Outline {
  readonly #asked: AnalyseOptions;
  readonly #tracker = new Tracker();
  readonly #chronicle = new Chronicle(this.#tracker);
  #lookedUs = 0;
  /** When everything was closed last: nothing can leak sooner than a leak's age after it. */
  #cleanUs = 0;
  #endUs: number | null = null;
  #lastUs = 0;
  firstLeakUs: number | null = null;
  view: ChronicleView | null = null;

  constructor(asked: AnalyseOptions) {
    this.#asked = asked;
  }

  /** Of the last event; null: it is not read to the end yet. */
  get endUs(): number | null {
    return this.#endUs;
  }

  async read(events: AsyncIterable<readonly Event[]>, replay: Replay): Promise<void> {
    for await (const batch of events) {
      for (const event of batch) this.#take(event);
      // The replay and the keys have their turns between.
      do await new Promise((resolve) => (replay.isBusy() ? setTimeout(resolve, GIVE_WAY_MS) : setImmediate(resolve)));
      while (replay.isBusy() && !replay.isOver());
      if (replay.isOver()) return;
    }
    this.#look(this.#lastUs);
    this.view = this.#chronicle.view();
    this.#endUs = this.#lastUs;
  }

  #take(event: Event): void {
    this.#tracker.apply(event);
    this.#chronicle.note(event);
    this.#lastUs = Math.max(this.#lastUs, event.atUs);
    if (event.atUs - this.#lookedUs >= LOOK_US) this.#look(event.atUs);
  }

  #look(atUs: number): void {
    this.#lookedUs = atUs;
    if (this.firstLeakUs !== null) return;
    if (this.#tracker.counts().unclosed === 0) this.#cleanUs = atUs;
    if (atUs - this.#cleanUs < this.#asked.olderThanMs * 1000 && this.#cleanUs > 0) return;
    const { findings } = analyse(this.#tracker.snapshot(atUs), this.#asked);
    if (findings.some(({ leak }) => leak)) this.firstLeakUs = atUs;
  }
}
