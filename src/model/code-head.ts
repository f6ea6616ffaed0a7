/** What a stream tells once of code paths, for a reader that begins in its middle: stacks, names, and totals so far. */
import { SITES_LIMIT } from "./code-paths.ts";
import type { Event } from "./event.ts";
import type { PathsEvent, SiteEvent, SymbolEvent } from "./site.ts";

export class CodeHead {
  readonly #sites = new Map<number, SiteEvent>();
  readonly #symbols = new Map<number, SymbolEvent>();
  readonly #opened = new Map<number, number>();
  readonly #closed = new Map<string, PathsEvent["closed"][number]>();
  #unsited = 0;
  #overrun = false;

  /** Events of other types say nothing of code. */
  note(event: Event): void {
    if (event.type === "site") this.#keep(event);
    else if (event.type === "symbol" && this.#sites.has(event.site)) this.#symbols.set(event.site, event);
    else if (event.type === "paths") this.#count(event);
  }

  events(place: { readonly atUs: number; readonly seq: number }): readonly Event[] {
    if (this.#sites.size === 0) return [];
    const opened = [...this.#opened].map(([site, count]) => ({ site, count }));
    const paths = {
      type: "paths",
      ...place,
      opened,
      closed: [...this.#closed.values()],
      unsited: this.#unsited,
      ...(this.#overrun && { overrun: true as const }),
    } as const;
    return [
      ...[...this.#sites.values()].map((event) => ({ ...event, ...place })),
      ...[...this.#symbols.values()].map((event) => ({ ...event, ...place })),
      paths,
    ];
  }

  #keep(event: SiteEvent): void {
    if (this.#sites.size < SITES_LIMIT) this.#sites.set(event.site, event);
  }

  #count({ opened, closed, unsited, overrun }: PathsEvent): void {
    for (const { site, count } of opened) if (this.#sites.has(site)) this.#opened.set(site, count);
    for (const row of closed) if (this.#sites.has(row.opened)) this.#closed.set(`${row.opened} ${row.site}`, row);
    this.#unsited = unsited;
    this.#overrun ||= overrun ?? false;
  }
}
