/** The command's sockets under probes, which follow it in the kernel from its first instruction on (source/follow.ts). */

import { Watch } from "../../gate/watch.ts";
import { boottimeUs } from "../../host/boottime.ts";
import type { Capabilities } from "../../host/capabilities.ts";
import { Census } from "../../host/census/census.ts";
import { TICKS_PER_SECOND } from "../../host/census/cost.ts";
import { ProcDesk } from "../../host/census/desk.ts";
import { quickHost } from "../../host/census/proc-host.ts";
import { localHost } from "../../host/local.ts";
import type { Event, Unnumbered } from "../../model/event.ts";
import { EventFilter } from "../../model/filter.ts";
import type { Snapshot } from "../../model/snapshot.ts";
import type { Live } from "../../source/live.ts";
import { Naming } from "../../source/naming.ts";
import { LEAN, type Probing } from "../../source/script.ts";
import { Namer } from "../../symbols/namer.ts";
import { probeHeader, probesOf } from "../live.ts";
import type { Found, Watcher } from "./watcher.ts";

/** Told from half the age on, so that what is a leak in the instant of an exit has been told before it. */
const TOLD_FROM = 1 / 2;
/** For bpftrace to detach and to tell all that happened until then: on a busy machine seconds, and it is what counts here. */
const LAST_WORDS_MS = 30_000;

type ProbeWatcherOptions = {
  readonly olderThanMs: number;
  /** Code paths are told, and named. */
  readonly sites: boolean;
};

export class ProbeWatcher implements Watcher {
  readonly #watch: Watch;
  readonly #live: Live;
  readonly #desk = new ProcDesk(quickHost, { ticksPerSecond: TICKS_PER_SECOND, arch: process.arch, args: "masked" });
  readonly #counts = new Map<string, number>();
  readonly #numbers = new EventFilter({});
  readonly #naming: Naming | null;
  #describing: Promise<void> = Promise.resolve();
  #allGone = () => {};

  /** Resolves when probes are attached. Errors: CannotAttach. */
  static async start(found: Capabilities, options: ProbeWatcherOptions): Promise<ProbeWatcher> {
    const { olderThanMs, sites } = options;
    const probing: Probing = { ...LEAN, suspectMs: olderThanMs * TOLD_FROM, filter: { follow: true }, sites };
    const watcher = new ProbeWatcher(await probeHeader({}, found), probing, options);
    await watcher.#live.attached;
    return watcher;
  }

  private constructor(header: Awaited<ReturnType<typeof probeHeader>>, probing: Probing, options: ProbeWatcherOptions) {
    this.#watch = new Watch(options);
    const tell = (events: readonly Unnumbered[]) => this.#watch.take(this.#numbers.pass(events));
    const namer = options.sites ? new Namer({ jit: false }) : null;
    this.#naming = namer && new Naming(namer, { tell, clock: () => ({ atUs: boottimeUs() }), all: true });
    const wiring = {
      sink: (events: readonly Unnumbered[]) => {
        this.#naming?.note(events);
        tell(events);
      },
      tracing: () => {},
      overheard: {
        counter: (name: string, value: number) => this.#count(name, value),
        opener: (pid: number) => this.#describe(pid),
        listens: (at: { readonly pid: number; readonly netns: number; readonly port: number }) => {
          this.#watch.listens(at);
          this.#describe(at.pid);
        },
        exits: ({ pid, ns, final }: { readonly pid: number; readonly ns: number; readonly final: number }) =>
          this.#watch.exits({
            pid,
            atUs: ns / 1000,
            finalUs: final === 0 ? null : Math.abs(final) / 1000,
            isGuess: final < 0,
          }),
      },
    };
    this.#live = probesOf(wiring, header, probing);
  }

  begin(): void {}

  async settled(graceMs: number): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const gone = new Promise<void>((resolve) => {
      this.#allGone = resolve;
    });
    const over = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, graceMs);
    });
    await Promise.race([gone, over, this.#live.done]);
    clearTimeout(timer);
  }

  async end(): Promise<Found> {
    await this.#lookAtHolders();
    await this.#live.stop(LAST_WORDS_MS);
    await Promise.all([this.#describing, this.#naming?.end()]);
    const watch = this.#watch;
    const snapshot = watch.tracker.snapshot(boottimeUs());
    const { gaps, omitted } = watch;
    const blind = this.#counts.get("@blind") ?? 0;
    const seen = { withoutProbes: null, gaps, blind, omitted };
    return { left: watch.left(snapshot), snapshot, seen, chronicle: watch.chronicle.view() };
  }

  #count(name: string, value: number): void {
    this.#counts.set(name, value);
    // Told after @ended, so that it counts no less of those that have begun.
    if (name === "@begun" && value > 0 && value === this.#counts.get("@ended")) this.#allGone();
  }

  /** While it lives: /proc forgets it at once. */
  #describe(pid: number): void {
    this.#describing = this.#describing.then(async () => {
      for (const facts of await this.#desk.describe([pid]).catch(() => [])) {
        this.#watch.describe({ type: "process", atUs: boottimeUs(), seq: 0, ...facts });
      }
    });
  }

  /** Of what is held still: who holds it, which decides about its kind. */
  async #lookAtHolders(): Promise<void> {
    if (this.#watch.standing === 0) return;
    const census = new Census({ host: localHost, clockUs: boottimeUs });
    const seen = (await census.round("close-wait")) as readonly Unnumbered[];
    await census.close();
    const isOurs = oursIn(this.#watch.tracker.snapshot(boottimeUs()));
    this.#watch.take(this.#numbers.pass(seen.filter((event) => isOurs(event as Event))));
  }
}

/** Of what a census saw: the sockets that were told, and those who hold them. */
function oursIn({ processes, ownerless }: Snapshot): (event: Event) => boolean {
  const sockets = [...ownerless, ...processes.flatMap(({ unclosed }) => unclosed)];
  const inodes = new Set(sockets.flatMap(({ inode }) => (inode === null || inode === 0 ? [] : [inode])));
  const ends = new Set(sockets.map(endsOf));
  return (event) => {
    if (event.type === "process" || event.type === "threads" || event.type === "limits") return true;
    return event.type === "census" && (inodes.has(event.inode ?? 0) || ends.has(endsOf(event)));
  };
}

function endsOf({
  netns,
  local,
  remote,
}: Pick<Extract<Event, { type: "census" }>, "netns" | "local" | "remote">): string {
  return `${netns} ${local?.addr} ${local?.port} ${remote?.addr} ${remote?.port}`;
}
