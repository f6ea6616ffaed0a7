/**
 * Can full mode keep up? Judged once a second.
 *
 *   full ──lines lost, or told late, in LOUD_S of the last WINDOW_S──→ lean ──half of the traffic or less, for CALM_S──→ full
 *
 * How much traffic was too much is what lean probes count in their first seconds.
 */
import type { ProbeMode } from "./script.ts";

const WINDOW_S = 10;
/** One burst may be lost, and is a gap; a second loss close by will not be the last. */
const LOUD_S = 2;
/** Told so late, the screen shows the past, and the buffers are about to be full. */
const LAG_MS = 5_000;
const MEASURE_S = 5;
const CALM_S = 30;

export type Second = {
  /** Something was lost in it. */
  readonly lost: boolean;
  /** How far what is told lies behind. */
  readonly lagMs: number;
  /** Lean: connections that began or ended in it. */
  readonly connections: number;
};

export class Pressure {
  #mode: ProbeMode = "full";
  #seconds = 0;
  #loud: number[] = [];
  #most = 0;
  #calm = 0;

  /** The mode to go on with, when it is another one. */
  second(second: Second): ProbeMode | null {
    this.#seconds += 1;
    const next = this.#mode === "full" ? this.#tooMuch(second) : this.#littleEnough(second);
    if (!next) return null;
    this.#mode = this.#mode === "full" ? "lean" : "full";
    [this.#seconds, this.#loud, this.#most, this.#calm] = [0, [], 0, 0];
    return this.#mode;
  }

  #tooMuch({ lost, lagMs }: Second): boolean {
    if (lost || lagMs > LAG_MS) this.#loud.push(this.#seconds);
    this.#loud = this.#loud.filter((at) => at > this.#seconds - WINDOW_S);
    return this.#loud.length >= LOUD_S;
  }

  #littleEnough({ connections }: Second): boolean {
    if (this.#seconds <= MEASURE_S) this.#most = Math.max(this.#most, connections);
    else this.#calm = connections <= this.#most / 2 ? this.#calm + 1 : 0;
    return this.#calm >= CALM_S;
  }
}
