/** Code paths as told: what their stacks are, how they are called, how many connections were opened and closed along each. */
import type { Endpoint } from "./endpoint.ts";
import type { Event } from "./event.ts";
import type { Did, Frame, PathEvent, PathsEvent, SiteEvent, StandingThread, SymbolEvent } from "./site.ts";

/** Of one site. `frames` null: not named (yet). */
export type SiteView = {
  readonly site: number;
  readonly pid: number;
  readonly did: Did;
  readonly frames: readonly Frame[] | null;
  readonly notes: readonly string[];
  /** Threads of the process that opened sockets, and where they stood. */
  readonly standing: readonly StandingThread[];
  readonly opened: number;
  /** Of those, closed by close(2), by where; most first. */
  readonly closed: readonly { readonly site: number; readonly count: number }[];
};

export type CodeView = {
  readonly sites: ReadonlyMap<number, SiteView>;
  /** Openings and closings without a number, and sites forgotten. */
  readonly unsited: number;
  /** How many came along each is told, all of them: probes stop where there are too many paths (probes/sites.bt). */
  readonly counted: boolean;
};

/** A program has hundreds; what makes more (a JIT, a fork per connection) is not to fill memory. */
export const SITES_LIMIT = 20_000;

type Site = {
  readonly event: SiteEvent;
  symbol: SymbolEvent | null;
  opened: number;
  readonly closed: Map<number, number>;
};

export class CodePaths {
  readonly #sites = new Map<number, Site>();
  #unsited = 0;
  #dropped = 0;
  #counted = false;
  #overrun = false;
  /** As last looked at; most seconds bring nothing new. */
  #view: CodeView | null = null;

  /** Events of other types say nothing of code. `sockets`: those that paths are of, by their ids. */
  apply(event: Event, sockets: { readonly get: (id: string) => Endpoint | undefined }): void {
    if (event.type === "path") walk(sockets.get(event.sock), event);
    else if (event.type === "site") this.#add(event);
    else if (event.type === "paths") this.#count(event);
    else if (event.type === "symbol") this.#name(event);
  }

  view(): CodeView {
    this.#view ??= {
      sites: new Map([...this.#sites].map(([number, site]) => [number, viewOf(site)])),
      unsited: this.#unsited + this.#dropped,
      counted: this.#counted && !this.#overrun,
    };
    return this.#view;
  }

  #name(event: SymbolEvent): void {
    const site = this.#sites.get(event.site);
    if (site === undefined) return;
    this.#view = null;
    site.symbol = event;
  }

  #add(event: SiteEvent): void {
    this.#view = null;
    if (this.#sites.has(event.site)) return;
    if (this.#sites.size === SITES_LIMIT) {
      this.#dropped += 1;
      return;
    }
    this.#sites.set(event.site, { event, symbol: null, opened: 0, closed: new Map() });
  }

  #count({ opened, closed, unsited, overrun }: PathsEvent): void {
    this.#view = null;
    this.#counted = true;
    this.#unsited = unsited;
    this.#overrun ||= overrun ?? false;
    for (const { site, count } of opened) {
      const known = this.#sites.get(site);
      if (known !== undefined) known.opened = count;
    }
    for (const { opened: from, site, count } of closed) this.#sites.get(from)?.closed.set(site, count);
  }
}

function walk(of: Endpoint | undefined, { role, site }: PathEvent): void {
  if (of === undefined || of.phase === "ended") return;
  if (role === "opened") of.openedAt = site;
  else if (role === "eof-read") of.eofReadAt = site;
  else of.lastUsedAt = site;
}

function viewOf({ event, symbol, opened, closed }: Site): SiteView {
  return {
    site: event.site,
    pid: event.pid,
    did: event.did,
    frames: symbol?.frames ?? null,
    notes: symbol?.notes ?? [],
    standing: symbol?.standing ?? [],
    opened,
    closed: [...closed].map(([site, count]) => ({ site, count })).sort((a, b) => b.count - a.count || a.site - b.site),
  };
}
