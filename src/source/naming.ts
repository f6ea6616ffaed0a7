/**
 * Sites get their names while their processes live: as soon as a stack is told, its process is looked at, and what comes of it is
 * an event of the stream like any other.
 */
import type { Unnumbered } from "../model/event.ts";
import type { SiteEvent, SymbolEvent } from "../model/site.ts";

/** Never rejects (src/symbols/namer.ts). */
export type StackNamer = {
  readonly name: (
    stack: Pick<SiteEvent, "pid" | "ip" | "near" | "chain">,
  ) => Promise<Pick<SymbolEvent, "frames" | "notes">>;
  readonly end: () => Promise<void>;
};

type Tell = (events: readonly Unnumbered[]) => void;
type Clock = () => { readonly atUs: number };

/** As the model: of what is more, nothing is asked. */
const SITES_MAX = 20_000;
/** For names that are still being looked up when all else has ended. */
const LAST_MS = 2_000;

export class Naming {
  readonly #namer: StackNamer;
  readonly #tell: Tell;
  readonly #clock: Clock;
  readonly #known = new Set<number>();
  #asked: Promise<unknown> = Promise.resolve();

  constructor(namer: StackNamer, { tell, clock }: { readonly tell: Tell; readonly clock: Clock }) {
    this.#namer = namer;
    this.#tell = tell;
    this.#clock = clock;
  }

  /** What probes told. */
  note(events: readonly Unnumbered[]): void {
    for (const event of events) if (event.type === "site") this.#site(event);
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

  #site(event: Unnumbered<SiteEvent>): void {
    const { site, pid, ip, near, chain } = event;
    if (this.#known.has(site) || this.#known.size === SITES_MAX) return;
    this.#known.add(site);
    const named = this.#namer.name({ pid, ip, near, chain }).then(({ frames, notes }) => {
      this.#tell([{ type: "symbol", atUs: this.#clock().atUs, site, frames, notes }]);
    });
    this.#asked = Promise.all([this.#asked, named]);
  }
}
