/**
 * All that is counted, kept up to date with every change so that a snapshot need not look at every socket:
 * opened + standing = closed + live + lost, always.
 *
 * Where every endpoint is followed (full mode), these are counted here. In lean mode the kernel counts what began and ended, few
 * endpoints are followed between two looks at all of them, and each such look says how many there must have been before.
 */
import type { ProcessEvent } from "./census.ts";
import { ageStartUs, type Endpoint, isUnclosed } from "./endpoint.ts";
import type { OpenEvent, TickEvent } from "./event.ts";
import { type Process, Processes } from "./processes.ts";
import type { Books } from "./snapshot.ts";
import type { TcpState } from "./state.ts";
import { StateCounts } from "./state-counts.ts";

/** From this age on an unclosed socket is shown as a suspect (design.md), so that its close is a retraction. */
const LATE_US = 5_000_000;

export class Ledger {
  readonly processes = new Processes();
  readonly states = new StateCounts();
  /** Unclosed sockets of no known process. */
  readonly ownerless = new Set<Endpoint>();
  unclosed = 0;
  #opened = 0;
  #standing = 0;
  #closed = 0;
  #lost = 0;
  /** Endpoints that are followed and live. */
  #followed = 0;
  /** The kernel counts. */
  #counts = false;

  get live(): number {
    return this.#opened + this.#standing - this.#closed - this.#lost;
  }

  books(): Books {
    return {
      opened: this.#opened,
      standing: this.#standing,
      closed: this.#closed,
      live: this.live,
      lost: this.#lost,
    };
  }

  /** From here on the kernel counts (lean), or we do. */
  kernelCounts(counts: boolean): void {
    if (this.#counts && !counts) this.balance();
    this.#counts = counts;
  }

  counted({ opened, closed, closers }: NonNullable<TickEvent["counted"]>): void {
    for (const pid of closers) this.processes.closes(pid);
    this.#opened += opened;
    this.#closed += closed;
    // More ended than there were, beside those that are known to be there: some stood before that nobody has told of (in a
    // namespace that may not be looked at).
    this.#standing += Math.max(0, this.unclosed - this.live);
  }

  /** All that live are followed at this moment: what the kernel did not count has been there before. */
  balance(): void {
    this.#standing = Math.max(0, this.#closed + this.#lost + this.#followed - this.#opened);
  }

  begin(endpoint: Endpoint, born: boolean): void {
    endpoint.phase = "live";
    endpoint.halfway = !born;
    this.#followed += 1;
    if (!this.#counts) this.#begun(born);
    this.states.add(endpoint.state);
  }

  #begun(born: boolean): void {
    if (born) this.#opened += 1;
    else this.#standing += 1;
  }

  /** Its birth arrived after an event of the same instant (connect tells open and CLOSE → SYN_SENT at once). */
  wasBorn(endpoint: Endpoint): void {
    endpoint.halfway = false;
    if (this.#counts) return;
    this.#standing -= 1;
    this.#opened += 1;
  }

  /** To be called after the state of a live endpoint changed. */
  moved(endpoint: Endpoint, from: TcpState): void {
    this.states.remove(from);
    this.states.add(endpoint.state);
    endpoint.process?.states.remove(from);
    endpoint.process?.states.add(endpoint.state);
  }

  /** The process that opened a live endpoint; it is responsible for it, unless a census saw another hold it. */
  opened(endpoint: Endpoint, event: OpenEvent): void {
    const process = this.processes.opening(event, event.atUs);
    process.opened += 1;
    if (endpoint.process === null) this.assign(endpoint, process);
  }

  /** Makes a process, or nobody known, responsible for a live endpoint. */
  assign(endpoint: Endpoint, process: Process | null): void {
    const before = endpoint.process;
    if (before === process) return;
    const unclosed = endpoint.unclosed;
    if (unclosed) (before?.unclosed ?? this.ownerless).delete(endpoint);
    before?.live.delete(endpoint);
    before?.states.remove(endpoint.state);
    endpoint.process = process;
    process?.live.add(endpoint);
    process?.states.add(endpoint.state);
    if (unclosed) (process?.unclosed ?? this.ownerless).add(endpoint);
  }

  /** What /proc tells of a process. Another one under a known pid: whatever the first held is nobody's until it is seen again. */
  described(event: ProcessEvent): void {
    const replaced = this.processes.describe(event);
    if (replaced !== undefined) for (const endpoint of [...replaced.live]) this.assign(endpoint, null);
  }

  /** Puts the endpoint into the unclosed ones or takes it out, as it stands now. */
  review(endpoint: Endpoint): void {
    const unclosed = isUnclosed(endpoint);
    if (unclosed === endpoint.unclosed) return;
    endpoint.unclosed = unclosed;
    const among = endpoint.process?.unclosed ?? this.ownerless;
    if (unclosed) among.add(endpoint);
    else {
      among.delete(endpoint);
      const afterUs = endpoint.heardUs - ageStartUs(endpoint);
      if (afterUs >= LATE_US && endpoint.letGo) endpoint.process?.closedLate(afterUs);
    }
    this.unclosed += unclosed ? 1 : -1;
  }

  settle(endpoint: Endpoint, how: "closed" | "lost", atUs: number): void {
    endpoint.phase = "ended";
    this.review(endpoint);
    this.states.remove(endpoint.state);
    this.#followed -= 1;
    if (!this.#counts) this.#ended(how);
    const process = endpoint.process;
    if (process === null) return;
    process.live.delete(endpoint);
    process.states.remove(endpoint.state);
    process.lastUs = Math.max(process.lastUs, atUs);
    if (how === "closed") process.closed += 1;
  }

  #ended(how: "closed" | "lost"): void {
    if (how === "closed") this.#closed += 1;
    else this.#lost += 1;
  }
}
