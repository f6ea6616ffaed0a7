/**
 * When has bpftrace found every CPU's buffer empty? A CPU that has nothing to say looks like one whose buffer is not read,
 * since idle CPUs need not pulse (seen on Linux 6.18 in a virtual machine).
 *
 *   printed   …L1 ────── nothing ────── L2…        L2 happened TURN_NS after L1 had reached us
 *
 * While a CPU goes on filling its buffer, its next line happened right after L1. Here nothing happened on L1's CPU for that
 * long, so bpftrace left its buffer, looked at all others that had something, and waited. What happened before one turn
 * has been read by the next: the turn may have come in the middle of a round over the buffers, and not two in a row.
 */
const TURN_NS = 100_000_000;

export class Turns {
  /** Everything up to here has been read. */
  completeNs = Number.NEGATIVE_INFINITY;
  #firstNs: number | null = null;
  #arrivedNs = Number.POSITIVE_INFINITY;
  #turnNs = Number.NEGATIVE_INFINITY;

  line(ns: number): void {
    this.#firstNs ??= ns;
  }

  /** The chunk of the lines so far arrived at this time, of the lines' clock. */
  chunk(nowNs: number): void {
    if (this.#firstNs === null) return;
    if (this.#firstNs > this.#arrivedNs + TURN_NS) {
      this.completeNs = this.#turnNs;
      this.#turnNs = this.#firstNs;
    }
    this.#firstNs = null;
    this.#arrivedNs = nowNs;
  }
}
