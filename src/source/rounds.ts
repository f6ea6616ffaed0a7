/**
 * When to look: censuses at the pace that the host can bear.
 *
 *   full ── cheap ── cheap ── … ── full ── cheap        cheap: what is in CLOSE_WAIT, or gone and still held
 *
 * A round costs CPU. The next one waits until that is within BUDGET of one core: so the pace stretches on a large host, and
 * each round says when the next one is due. Only the looks at the start, and when probes begin to tell, are not made to wait.
 */
import type { RoundEvent } from "../model/census.ts";
import type { Sighting } from "./weave.ts";

/** Never rejects: what it could not see is in the round. */
export type Looker = {
  readonly round: (scope: RoundEvent["scope"]) => Promise<readonly Sighting[]>;
  readonly close: () => Promise<void>;
};

export type Pace = {
  /** Between looks at what is in CLOSE_WAIT. */
  readonly cheapMs: number;
  /** Between looks at everything. */
  readonly fullMs: number;
};

export const PACE: Pace = { cheapMs: 5_000, fullMs: 60_000 };
/** Of one core, for looking and telling: of 20,000 leaks 0.65 s and 0.45 s a round. */
const BUDGET = 0.01;
/** One gap is seldom alone: one look for several. */
const AFTER_GAP_MS = 1_000;

export class Rounds {
  readonly #looker: Looker;
  readonly #tell: (seen: readonly Sighting[]) => void;
  readonly #pace: Pace;
  #timer: NodeJS.Timeout | undefined;
  #looking: Promise<void> = Promise.resolve();
  #stopped = false;
  #busy = false;
  #wantsFull = false;
  /** What the last round's telling took: the next one's is not known when it says how long it must be paid for. */
  #tellingMs = 0;
  /** CPU of the rounds must be paid for by time gone: no round before this. */
  #paidAtMs = 0;
  #lastFullMs = Number.NEGATIVE_INFINITY;

  constructor(looker: Looker, tell: (seen: readonly Sighting[]) => void, pace: Pace = PACE) {
    this.#looker = looker;
    this.#tell = tell;
    this.#pace = pace;
  }

  /** Looks at everything, now; the rest follows by itself. Resolves when it has been told. */
  async now(): Promise<void> {
    while (this.#busy) await this.#looking;
    if (this.#stopped) return;
    this.#wantsFull = true;
    await this.#start(0);
  }

  /** Something was missed: look at everything soon. */
  ask(): void {
    if (this.#wantsFull) return;
    this.#wantsFull = true;
    if (!this.#busy) this.#schedule(AFTER_GAP_MS);
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#timer);
    // A look that is under way ends by itself; nobody waits for what it sees.
    await this.#looker.close();
  }

  #start(budget: number): Promise<void> {
    this.#looking = this.#look(budget);
    return this.#looking;
  }

  async #look(budget: number): Promise<void> {
    const scope = this.#wantsFull ? "full" : "close-wait";
    clearTimeout(this.#timer);
    this.#busy = true;
    this.#wantsFull = false;
    const seen = await this.#looker.round(scope);
    this.#busy = false;
    if (this.#stopped) return;
    const nowMs = performance.now();
    if (scope === "full") this.#lastFullMs = nowMs;
    const cost = seen.reduce((sum, event) => sum + (event.type === "round" ? event.costMs : 0), this.#tellingMs);
    this.#paidAtMs = nowMs + (budget > 0 ? cost / budget : 0);
    const nextMs = this.#schedule(this.#wantsFull ? AFTER_GAP_MS : this.#pace.cheapMs);
    this.#tell(seen.map((event) => (event.type === "round" ? { ...event, nextMs } : event)));
    this.#tellingMs = performance.now() - nowMs;
  }

  /** Returns when the next round will be, in milliseconds from now. */
  #schedule(wishMs: number): number {
    const nowMs = performance.now();
    const nextMs = Math.round(Math.max(wishMs, this.#paidAtMs - nowMs));
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.#wantsFull ||= performance.now() - this.#lastFullMs >= this.#pace.fullMs;
      void this.#start(BUDGET);
    }, nextMs);
    return nextMs;
  }
}
