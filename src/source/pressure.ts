/**
 * Can full mode keep up?
 *
 *   full ──lines lost, or told late, in LOUD_S of the last WINDOW_S──→ lean ──half of the traffic or less, for CALM_S──→ full
 *
 * Full is judged each second of the clock: its own ticks wait in the buffers that overflow, for up to twenty seconds (seen, 0.17).
 * Lean is judged at each tick. How much traffic was too much is what lean probes count in their first seconds.
 */
const WINDOW_S = 10;
/** One burst may be lost, and is a gap; a second loss close by will not be the last. */
const LOUD_S = 2;
/** Told so late, the screen shows the past, and the buffers are about to be full. */
const LAG_MS = 5_000;
const MEASURE_S = 5;
const CALM_S = 30;

/** How a second of full mode went. */
export type Second = {
  /** Something was lost in it. */
  readonly lost: boolean;
  /** How far what is told lies behind. */
  readonly lagMs: number;
};

export class Pressure {
  #seconds = 0;
  #loud: number[] = [];
  #most = 0;
  #calm = 0;

  /** Another second of full mode: was it one too many? */
  isTooMuch({ lost, lagMs }: Second): boolean {
    this.#seconds += 1;
    if (lost || lagMs > LAG_MS) this.#loud.push(this.#seconds);
    this.#loud = this.#loud.filter((at) => at > this.#seconds - WINDOW_S);
    return this.#ends(this.#loud.length >= LOUD_S);
  }

  /** Another second of lean mode, in which so many connections began or ended: can full mode tell them again? */
  isLittleEnough(connections: number): boolean {
    this.#seconds += 1;
    if (this.#seconds <= MEASURE_S) this.#most = Math.max(this.#most, connections);
    else this.#calm = connections <= this.#most / 2 ? this.#calm + 1 : 0;
    return this.#ends(this.#calm >= CALM_S);
  }

  /** The next mode begins anew. */
  #ends(ends: boolean): boolean {
    if (ends) [this.#seconds, this.#loud, this.#most, this.#calm] = [0, [], 0, 0];
    return ends;
  }
}
