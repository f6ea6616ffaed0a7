/**
 * How far bpftrace is behind: the delay between an event and its arrival, over the least delay ever seen (which stands
 * for "at once", whatever the two clocks' offset). Remembered at its worst for a while, for it comes and goes in waves.
 */
const REMEMBER_NS = 5_000_000_000;

export class Backlog {
  #promptNs = Number.POSITIVE_INFINITY;
  #worstNs = 0;
  #worstAtNs = 0;

  /** An event of kernel time `ns` has arrived at `clockNs`, on any clock that does not step. */
  arrived(ns: number, clockNs: number): void {
    const delayNs = clockNs - ns;
    this.#promptNs = Math.min(this.#promptNs, delayNs);
    const backlogNs = delayNs - this.#promptNs;
    if (backlogNs < this.#worstNs && clockNs < this.#worstAtNs + REMEMBER_NS) return;
    this.#worstNs = backlogNs;
    this.#worstAtNs = clockNs;
  }

  /** The worst of late, in nanoseconds. */
  get ns(): number {
    return this.#worstNs;
  }
}
