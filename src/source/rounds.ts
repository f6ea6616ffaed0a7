/**
 * When to look: censuses at the pace that the host can bear.
 *
 *   full ── cheap ── cheap ── … ── full ── cheap        cheap: what is in CLOSE_WAIT, or gone and still held
 *
 * A round costs CPU. The next one waits until that is within the BUDGET, of one core: so the pace stretches on a large host, and
 * each round says when the next one is due. The looks at the start, and when probes begin to tell, are not made to wait, nor paid for.
 * Where something was missed, or somebody unknown is under suspicion, a look comes at once, and those after it wait for both.
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
/** Shares of one core: for looking, and for telling what was seen. */
const BUDGET = { look: 0.01, tell: 0.005 };
/** Of each event, with all that comes of it: applied, printed, collected. Of 20,000 leaks, by `trace --json`, 0.6 s (2 cores, Node 20). */
const TELL_MS = 0.03;
/** One gap, or suspect, is seldom alone: one look for several. */
const SOON_MS = 1_000;
/** How much sooner than it is paid for a look may come, and so how long the looks that nobody asks for can be put off by it. */
const CREDIT_MS = 120_000;

export class Rounds {
  readonly #looker: Looker;
  readonly #tell: (seen: readonly Sighting[]) => void;
  readonly #pace: Pace;
  #timer: NodeJS.Timeout | undefined;
  #looking: Promise<void> = Promise.resolve();
  #stopped = false;
  #busy = false;
  #wantsFull = false;
  /** The next look is asked for: it comes as soon as CREDIT_MS lets it. */
  #isUrgent = false;
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
    await this.#start(FREE);
  }

  /** Something was missed ("full"), or somebody is under suspicion of whom nothing is known: look soon. */
  ask(scope: RoundEvent["scope"]): void {
    this.#wantsFull ||= scope === "full";
    if (this.#isUrgent) return;
    this.#isUrgent = true;
    if (!this.#busy) this.#schedule();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#timer);
    // A look that is under way ends by itself; nobody waits for what it sees.
    await this.#looker.close();
  }

  #start(price: typeof priceOf): Promise<void> {
    this.#looking = this.#look(price);
    return this.#looking;
  }

  async #look(price: typeof priceOf): Promise<void> {
    const scope = this.#wantsFull ? "full" : "close-wait";
    clearTimeout(this.#timer);
    this.#busy = true;
    this.#wantsFull = false;
    this.#isUrgent = false;
    const seen = await this.#looker.round(scope);
    this.#busy = false;
    if (this.#stopped) return;
    const nowMs = performance.now();
    if (scope === "full") this.#lastFullMs = nowMs;
    this.#paidAtMs = Math.max(nowMs, this.#paidAtMs) + price(seen);
    const nextMs = this.#schedule();
    this.#tell(seen.map((event) => (event.type === "round" ? { ...event, nextMs } : event)));
  }

  /** Returns when the next round will be, in milliseconds from now. */
  #schedule(): number {
    const nowMs = performance.now();
    const [wishMs, creditMs] = this.#isUrgent ? [SOON_MS, CREDIT_MS] : [this.#pace.cheapMs, 0];
    const nextMs = Math.round(Math.max(wishMs, this.#paidAtMs - creditMs - nowMs));
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.#wantsFull ||= performance.now() - this.#lastFullMs >= this.#pace.fullMs;
      void this.#start(priceOf);
    }, nextMs);
    return nextMs;
  }
}

/** Milliseconds in which a look with all that it saw is within the budget. */
function priceOf(seen: readonly Sighting[]): number {
  const costMs = seen.reduce((sum, event) => sum + (event.type === "round" ? event.costMs : 0), 0);
  return costMs / BUDGET.look + (seen.length * TELL_MS) / BUDGET.tell;
}

const FREE: typeof priceOf = () => 0;
