/**
 * Probe runs that the kernel skipped (recursion.ts counts them). Nearly all were transitions that the socket's next event
 * implies within milliseconds (lives.ts); lost are those that nothing has implied by the time of the next count. That time
 * is the stream's, which may be seconds behind the kernel's, so a count travels through the stream with a heartbeat.
 */
export class Skips {
  #counted = 0;
  /** The count is newer than the last heartbeat. */
  #isNew = false;
  #ripe = 0;
  /** Implied or told as lost. */
  #settled = 0;

  /** The stream is behind the kernel: what it has implied by now and the kernel has not counted was no skipped run. */
  count(more: number): void {
    this.#counted += more;
    this.#settled = Math.min(this.#settled, this.#counted);
    this.#isNew = true;
  }

  /** For the next heartbeat to carry: all so far, or null when that was not counted since the last one. */
  takeCounted(): number | null {
    if (!this.#isNew) return null;
    this.#isNew = false;
    return this.#counted;
  }

  implied(): void {
    this.#settled++;
  }

  /** A heartbeat with its count has come through: how many of those that the one before told are lost. */
  ripen(counted: number): number {
    const lost = this.#settle(this.#ripe);
    this.#ripe = counted;
    return lost;
  }

  /** bpftrace has ended and all it told has come through: how many more are lost. */
  end(): number {
    return this.#settle(this.#counted);
  }

  #settle(total: number): number {
    const lost = Math.max(0, total - this.#settled);
    this.#settled += lost;
    return lost;
  }
}
