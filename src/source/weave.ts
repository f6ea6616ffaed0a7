/**
 * Two sources in one stream: what probes tell and what a census saw, in the order of time.
 *
 * Probes tell late (they are ordered first), and a census of its moment: what it saw waits until the probes have told
 * everything before. Without probes nothing is to be waited for.
 */
import type { SightEvent, Unnumbered } from "../model/event.ts";

export type Sighting = Unnumbered<SightEvent>;
type Emit = (events: readonly Unnumbered[]) => void;

export class Weave {
  readonly #emit: Emit;
  #waiting: Unnumbered[] = [];
  #awaits = false;
  #atUs = 0;

  constructor(emit: Emit) {
    this.#emit = emit;
  }

  /** Whether probes tell now, so that their time must have passed a moment before what was seen then is told. */
  awaitProbes(awaits: boolean): void {
    this.#awaits = awaits;
    if (!awaits) this.#send(this.#waiting.splice(0));
  }

  /** What probes told, in order. */
  probes(events: readonly Unnumbered[]): void {
    if (this.#waiting.length === 0) {
      this.#send(events);
      return;
    }
    const woven: Unnumbered[] = [];
    let told = 0;
    for (const event of events) {
      for (let next = this.#waiting[told]; next !== undefined && next.atUs < event.atUs; next = this.#waiting[++told]) {
        woven.push(next);
      }
      woven.push(event);
    }
    this.#waiting.splice(0, told);
    this.#send(woven);
  }

  /** What a census saw, in order, or what we have to say ourselves. Never before what has been told. */
  tell(events: readonly Unnumbered[]): void {
    const placed = events.map((event) => (event.atUs >= this.#atUs ? event : { ...event, atUs: this.#atUs }));
    // A look takes its time: a mark made meanwhile is told before what it saw, and belongs after.
    if (this.#awaits) this.#waiting = this.#waiting.concat(placed).sort((a, b) => a.atUs - b.atUs);
    else this.#send(placed);
  }

  #send(events: readonly Unnumbered[]): void {
    const last = events.at(-1);
    if (last === undefined) return;
    this.#atUs = Math.max(this.#atUs, last.atUs);
    this.#emit(events);
  }
}
