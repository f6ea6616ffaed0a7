/**
 * What lean probes count of the connections that they do not print (probes/lean-tracepoint.bt: @opened and the like). bpftrace
 * prints totals since it came; a heartbeat carries what has been added since the one before.
 */
import type { TickEvent } from "../model/event.ts";

export type Counted = {
  readonly counted: NonNullable<TickEvent["counted"]>;
  /** Entries that found no room in a map of the kernel's. */
  readonly full: number;
};

/** Closers that a heartbeat carries: more come with the next. */
const CLOSERS_MAX = 1_000;
const NAMES = ["@opened", "@closed", "@settled", "@full"] as const;

export class Counters {
  readonly #totals = new Map<string, number>();
  readonly #told = new Map<string, number>();
  #closers: number[] = [];
  #isNew = false;

  /** A process that has had suspects has closed a connection. */
  closer(pid: number): void {
    this.#closers.push(pid);
  }

  note(name: string, value: number): void {
    this.#totals.set(name, value);
    this.#isNew = true;
  }

  /** What has come since the last time; null where nothing was counted. */
  take(): Counted | null {
    if (!this.#isNew) return null;
    this.#isNew = false;
    const [opened = 0, closed = 0, settled = 0, full = 0] = NAMES.map((name) => this.#added(name));
    const closers = this.#closers.splice(0, CLOSERS_MAX);
    const longestRunUs = Math.round((this.#totals.get("@longest") ?? 0) / 1000);
    return { counted: { opened, closed: closed + settled, closers, longestRunUs }, full };
  }

  /** The next bpftrace counts from 0. */
  reset(): void {
    this.#totals.clear();
    this.#told.clear();
    this.#closers = [];
    this.#isNew = false;
  }

  #added(name: string): number {
    const total = this.#totals.get(name) ?? 0;
    const added = total - (this.#told.get(name) ?? 0);
    this.#told.set(name, total);
    return Math.max(0, added);
  }
}
