/**
 * A live source that knows from the start what was there before: a census at once, probes as soon as they attach, and
 * censuses beside them from then on.
 *
 *   recording (census) ─ full round ─┬─ recording (attachment) ─ full round ─ probes' events, rounds among them ─ end
 *                                    └─ no attachment works: rounds alone, the same screens with less
 */
import { readClocks } from "../host/boottime.ts";
import type { Attachment, Unnumbered } from "../model/event.ts";
import { forgetOldest } from "../model/forget-oldest.ts";
import { watchClocks } from "./clock-watch.ts";
import { LastUse } from "./last-use.ts";
import type { Live } from "./live.ts";
import { Naming, type StackNamer } from "./naming.ts";
import { type Looker, type Pace, Rounds } from "./rounds.ts";
import type { ProbeAttachment } from "./script.ts";
import type { Source } from "./source.ts";
import { type Sighting, Weave } from "./weave.ts";

/** What the probes' source needs from us. */
export type ProbeWiring = {
  readonly sink: (events: readonly Unnumbered[]) => void;
  /** At each first heartbeat of a bpftrace, and at its end. */
  readonly tracing: (tracing: boolean) => void;
};

export type SeededOptions = {
  readonly looker: Looker;
  /** Starts the probes; or why there can be none. */
  readonly probes: ((wiring: ProbeWiring) => Live) | Error;
  /** The stream's first event, for this attachment, now. */
  readonly begin: (attachment: Attachment) => Unnumbered;
  readonly clock: () => { readonly atUs: number; readonly wallMs: number };
  readonly sink: (events: readonly Unnumbered[]) => void;
  /** Names what probes tell of code; null: nobody does. */
  readonly namer: StackNamer | null;
  /** Of the censuses, where it is not the usual one. */
  readonly pace?: Pace;
};

/** Of pids. */
const KNOWN_MAX = 100_000;

export class Seeded implements Source {
  readonly done: Promise<void>;
  /** Resolves with the attachment in use; rejects with the reason when none works, and the censuses go on. */
  readonly attached: Promise<ProbeAttachment>;
  readonly #options: SeededOptions;
  readonly #weave: Weave;
  readonly #rounds: Rounds;
  readonly #naming: Naming | null;
  readonly #live: Live | null;
  readonly #clocks = watchClocks(readClocks, (text) => this.mark(text));
  readonly #lastUse = new LastUse({ line: (line) => this.#live?.beside(line) });
  readonly #stopped: Promise<void>;
  /** Processes that a census has told of, or was asked for: it does not see more of one that has ended. */
  readonly #known = new Set<number>();
  #stop = () => {};
  #tracing = false;
  #isLean = false;
  #why: string | null = null;

  constructor(options: SeededOptions) {
    this.#options = options;
    this.#weave = new Weave(options.sink);
    this.#rounds = new Rounds(options.looker, (seen) => this.#saw(seen), options.pace);
    this.#naming =
      options.namer && new Naming(options.namer, { tell: (events) => this.#weave.tell(events), clock: options.clock });
    this.#stopped = new Promise((resolve) => {
      this.#stop = resolve;
    });
    this.#weave.tell([options.begin("census")]);
    void this.#rounds.now();
    const { probes } = options;
    this.#live =
      probes instanceof Error
        ? null
        : probes({ sink: (events) => this.#told(events), tracing: (tracing) => this.#trace(tracing) });
    this.attached = this.#live?.attached ?? Promise.reject(probes);
    this.done = this.#run();
  }

  status(): string | null {
    return this.#why === null ? (this.#live?.status() ?? null) : `census only: ${this.#why}`;
  }

  /** Whose reads and writes are walked, besides what was asked for at the start; null: nobody's. Never rejects. */
  watchUse(pid: number | null): Promise<void> {
    return this.#lastUse.watch(pid);
  }

  /** `why`: nothing is told (yet). Null: of nobody. */
  get lastUse(): { readonly pid: number; readonly why: string | null } | null {
    const { pid, why } = this.#lastUse;
    if (pid === null) return null;
    return { pid, why: this.#live === null ? "no probes" : why };
  }

  /** A note of this moment, a person's as a rule: it takes its place among what happened. */
  mark(text: string): void {
    this.#weave.tell([{ type: "mark", atUs: this.#options.clock().atUs, text }]);
  }

  /** A census of everything, soon. */
  look(): void {
    this.#rounds.ask("full");
  }

  async stop(): Promise<void> {
    this.#stop();
    await Promise.all([this.#live?.stop(), this.#lastUse.watch(null)]);
    await this.done;
  }

  async #run(): Promise<void> {
    try {
      await this.attached;
      await this.#live?.done;
    } catch (error) {
      this.#why = (error as Error).message;
      await this.#stopped;
    }
    this.#clocks.end();
    await Promise.all([this.#rounds.stop(), this.#naming?.end()]);
    this.#weave.awaitProbes(false);
    this.#weave.tell([{ type: "end", atUs: this.#options.clock().atUs, why: "stopped" }]);
  }

  /** Probes know nothing of what was there before, or of what was missed while none were attached: look. */
  #trace(tracing: boolean): void {
    this.#tracing = tracing;
    this.#weave.awaitProbes(tracing);
    if (tracing) void this.#rounds.now();
  }

  #told(events: readonly Unnumbered[]): void {
    this.#weave.probes(events);
    this.#naming?.note(events);
    for (const event of events) {
      if (event.type === "gap") this.#rounds.ask("full");
      else if (event.type === "recording") this.#isLean = event.mode === "lean";
      // Lean probes tell who opened a socket when that is a suspect.
      else if (event.type === "open" && this.#isLean && !this.#known.has(event.pid)) this.#askFor(event.pid);
    }
  }

  #askFor(pid: number): void {
    this.#know(pid);
    this.#rounds.ask("close-wait");
  }

  #know(pid: number): void {
    forgetOldest(this.#known.add(pid), KNOWN_MAX);
  }

  #saw(seen: readonly Sighting[]): void {
    this.#weave.tell(seen);
    for (const event of seen) if (event.type === "process") this.#know(event.pid);
    // Where no heartbeat does, a round moves time on.
    if (!this.#tracing) this.#weave.tell([{ type: "tick", ...this.#options.clock() }]);
  }
}
