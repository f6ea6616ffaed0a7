/**
 * Sites get their names while their processes live, and what comes of it is an event of the stream like any other. Every process is
 * looked at as soon as a stack of it is told, which is cheap; names are looked up of those alone of whose sockets something is told:
 * in lean mode that are suspects, and there are hosts with thousands of programs.
 */
import type { Unnumbered } from "../model/event.ts";
import { forgetOldest } from "../model/forget-oldest.ts";
import type { SiteEvent, SymbolEvent } from "../model/site.ts";

/** Never rejects (src/symbols/namer.ts). */
export type StackNamer = {
  /** Looks at a process while it lives. */
  readonly see: (pid: number) => void;
  readonly name: (
    stack: Pick<SiteEvent, "pid" | "did" | "ip" | "near" | "chain" | "words"> & { readonly tids?: readonly number[] },
  ) => Promise<Pick<SymbolEvent, "frames" | "notes" | "standing">>;
  readonly end: () => Promise<void>;
};

type Tell = (events: readonly Unnumbered[]) => void;
type Clock = () => { readonly atUs: number };

/** As the model: of what is more, nothing is asked. */
const SITES_MAX = 20_000;
/** For names that are still being looked up when all else has ended. */
const LAST_MS = 2_000;
/** Threads of a process that opened sockets: the latest. */
const TIDS_MAX = 8;
const OPENERS_MAX = 10_000;

export class Naming {
  readonly #namer: StackNamer;
  readonly #tell: Tell;
  readonly #clock: Clock;
  readonly #all: boolean;
  readonly #sites = new Map<number, Unnumbered<SiteEvent>>();
  /** Sites that nobody has asked for, by process. */
  readonly #waiting = new Map<number, Unnumbered<SiteEvent>[]>();
  readonly #wanted = new Set<number>();
  /** By process, the threads that opened its sockets. */
  readonly #openers = new Map<number, Set<number>>();
  #asked: Promise<unknown> = Promise.resolve();

  /** `all`: whose processes are gone before anything is told of their sockets. */
  constructor(
    namer: StackNamer,
    { tell, clock, all = false }: { readonly tell: Tell; readonly clock: Clock; readonly all?: boolean },
  ) {
    this.#namer = namer;
    this.#tell = tell;
    this.#clock = clock;
    this.#all = all;
  }

  /** What probes told. */
  note(events: readonly Unnumbered[]): void {
    for (const event of events) if (event.type === "open") this.#opener(event);
    for (const event of events) {
      if (event.type === "site") this.#site(event);
      else if (event.type === "path") this.#want(this.#sites.get(event.site)?.pid);
    }
  }

  /** What has been asked is told, if it is not long in coming. */
  async end(): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise((resolve) => {
      timer = setTimeout(resolve, LAST_MS);
    });
    await Promise.race([this.#asked, late]);
    clearTimeout(timer);
    await this.#namer.end();
  }

  #opener({ pid, tid }: { readonly pid: number; readonly tid: number }): void {
    let tids = this.#openers.get(pid);
    if (tids === undefined) {
      tids = new Set();
      this.#openers.set(pid, tids);
      forgetOldest(this.#openers, OPENERS_MAX);
    }
    tids.delete(tid); // the latest comes last
    tids.add(tid);
    forgetOldest(tids, TIDS_MAX);
  }

  #site(event: Unnumbered<SiteEvent>): void {
    const { site, pid } = event;
    if (this.#sites.has(site) || this.#sites.size === SITES_MAX) return;
    this.#sites.set(site, event);
    if (this.#all || this.#wanted.has(pid)) {
      this.#ask(event);
      return;
    }
    const waiting = this.#waiting.get(pid);
    if (waiting === undefined) {
      this.#namer.see(pid);
      this.#waiting.set(pid, [event]);
    } else waiting.push(event);
  }

  /** All of the process: whether everything goes along one path is told by the others. */
  #want(pid: number | undefined): void {
    if (pid === undefined || this.#wanted.has(pid)) return;
    this.#wanted.add(pid);
    for (const event of this.#waiting.get(pid) ?? []) this.#ask(event);
    this.#waiting.delete(pid);
  }

  #ask({ site, pid, did, ip, near, chain, words }: Unnumbered<SiteEvent>): void {
    const tids = [...(this.#openers.get(pid) ?? [])];
    const stack = { pid, did, ip, near, chain, tids, ...(words !== undefined && { words }) };
    const named = this.#namer.name(stack).then((found) => {
      this.#tell([{ type: "symbol", atUs: this.#clock().atUs, site, ...found }]);
    });
    this.#asked = Promise.all([this.#asked, named]);
  }
}
