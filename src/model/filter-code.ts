/**
 * Code paths where a person asked for some sockets only: a site is told when a socket that passes came along it, then its names and
 * its counts; of the paths on which its like are closed, too. Others wait, for sockets may come yet.
 */
import type { CodeEvent } from "./event.ts";
import type { PathsEvent, SiteEvent, SymbolEvent } from "./site.ts";

/** Sites that wait. */
const WAITING_MAX = 20_000;

type Waiting = { readonly site: SiteEvent; symbol: SymbolEvent | null };

export class CodeFilter {
  readonly #waiting = new Map<number, Waiting>();
  readonly #told = new Set<number>();
  /** Totals of all, since the stream began. */
  readonly #opened = new Map<number, number>();
  readonly #closed = new Map<number, Map<number, number>>();

  /** Of events about no socket. */
  pass(event: Exclude<CodeEvent, { type: "path" }>): readonly CodeEvent[] {
    switch (event.type) {
      case "site":
        return this.#site(event);
      case "symbol":
        return this.#symbol(event);
      case "paths":
        return this.#paths(event);
    }
  }

  /** A socket that passes came along here: what must be told before. */
  asked(site: number, at: { readonly atUs: number }): readonly CodeEvent[] {
    const told = this.#tell(site, at);
    return told.length === 0 ? [] : [...told, ...this.#counted(site, at)];
  }

  #site(event: SiteEvent): readonly CodeEvent[] {
    if (this.#told.has(event.site)) return [event];
    if (this.#waiting.size < WAITING_MAX) this.#waiting.set(event.site, { site: event, symbol: null });
    return [];
  }

  #symbol(event: SymbolEvent): readonly CodeEvent[] {
    const of = this.#waiting.get(event.site);
    if (of !== undefined) of.symbol = event;
    return this.#told.has(event.site) ? [event] : [];
  }

  #paths(event: PathsEvent): readonly CodeEvent[] {
    for (const { site, count } of event.opened) this.#opened.set(site, count);
    for (const row of event.closed) {
      const rows = this.#closed.get(row.opened) ?? new Map<number, number>();
      this.#closed.set(row.opened, rows.set(row.site, row.count));
    }
    const opened = event.opened.filter(({ site }) => this.#told.has(site));
    const closed = event.closed.filter((row) => this.#told.has(row.opened));
    if (opened.length + closed.length === 0 && !event.overrun) return [];
    return [...closed.flatMap(({ site }) => this.#tell(site, event)), { ...event, opened, closed }];
  }

  /** What was counted before somebody asked. */
  #counted(site: number, { atUs }: { readonly atUs: number }): readonly CodeEvent[] {
    const count = this.#opened.get(site);
    if (count === undefined) return [];
    const closed = [...(this.#closed.get(site) ?? [])].map(([at, closes]) => ({
      opened: site,
      site: at,
      count: closes,
    }));
    const paths = { type: "paths", atUs, seq: 0, opened: [{ site, count }], closed, unsited: 0 } as const;
    return [...closed.flatMap((row) => this.#tell(row.site, { atUs })), paths];
  }

  #tell(site: number, { atUs }: { readonly atUs: number }): readonly CodeEvent[] {
    const of = this.#waiting.get(site);
    if (of === undefined) return [];
    this.#waiting.delete(site);
    this.#told.add(site);
    const told = of.symbol === null ? [of.site] : [of.site, of.symbol];
    return told.map((event) => ({ ...event, atUs }));
  }
}
