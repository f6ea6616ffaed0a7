/**
 * Which sockets a person asked for. Every source is filtered by this one rule, so a filter means the same everywhere.
 *
 * Ports, peer and namespace are known from a socket's first event (a local port from its second, when it connects); who
 * owns it, only when it is opened. Until then its events are held back, and then all go or none: a timeline is never cut.
 * A census knows all at once.
 */
import type { CensusEvent } from "./census.ts";
import { type Event, isSocketEvent, type SocketEvent, type Unnumbered } from "./event.ts";
import { CodeFilter } from "./filter-code.ts";
import { type OwnerFilter, Owners } from "./filter-owner.ts";
import { judgePlace, type PlaceFilter, type Verdict } from "./filter-place.ts";
import type { PathEvent } from "./site.ts";

export type Filter = PlaceFilter & OwnerFilter;

type OfOne = SocketEvent | PathEvent;

/** A socket has a handful of events before its owner is known; one with more has none that we shall ever learn. */
const HELD_MAX = 64;

export class EventFilter {
  readonly #filter: Filter;
  readonly #owners: Owners;
  readonly #decided = new Map<string, "pass" | "drop">();
  readonly #held = new Map<string, OfOne[]>();
  /** Processes of which the stream has told. */
  readonly #told = new Set<number>();
  readonly #code = new CodeFilter();
  readonly #asks: boolean;
  #seq = 0;

  constructor(filter: Filter) {
    this.#asks = Object.keys(filter).length > 0;
    this.#filter = filter;
    this.#owners = new Owners(filter);
  }

  /** The events that pass, numbered. Held ones come out when their socket's owner is known. */
  pass(events: readonly Unnumbered[]): Event[] {
    if (!this.#asks) return events.map((event) => this.#numbered(event));
    const passed: Event[] = [];
    for (const event of events) {
      for (const out of this.#one(event as Event)) passed.push(this.#numbered(out));
    }
    return passed;
  }

  /** In place: an event is its source's own until it gets its number here, and a copy costs as much as all the rest. */
  #numbered(event: Unnumbered): Event {
    (event as { seq?: number }).seq = ++this.#seq;
    return event as Event;
  }

  #one(event: Event): readonly Event[] {
    if (isSocketEvent(event) || event.type === "path") return this.#withCode(this.#ofSocket(event));
    switch (event.type) {
      case "site":
      case "paths":
      case "symbol":
        return this.#code.pass(event);
      case "census":
        return this.#sight(event);
      case "process":
        this.#owners.learn(event);
        this.#told.delete(event.pid);
        return this.#owners.isAsked && this.#owners.judge(event.pid, null) !== "pass"
          ? []
          : this.#tell(event.pid, event);
      case "limits":
      case "threads":
        return this.#owners.isAsked && !this.#told.has(event.pid) ? [] : [event];
      default:
        return [event];
    }
  }

  /** Before a socket is told, who holds it. */
  #sight(event: CensusEvent): readonly Event[] {
    const owned = this.#owners.isAsked ? this.#owners.judgeSight(event) : "pass";
    if (owned !== "pass" || judgePlace(this.#filter, event) !== "pass") return [];
    if (!this.#owners.isAsked) return [event];
    return [...event.holders.flatMap(({ pid }) => this.#tell(pid, event)), event];
  }

  #tell(pid: number, { atUs }: { readonly atUs: number }): readonly Event[] {
    const facts = this.#owners.facts(pid);
    if (facts === undefined || this.#told.has(pid)) return [];
    if (this.#owners.isAsked) this.#told.add(pid);
    return [{ ...facts, atUs }];
  }

  /** Before a path, what it is. */
  #withCode(events: readonly OfOne[]): readonly Event[] {
    if (events.every(({ type }) => type !== "path")) return events;
    return events.flatMap((event): readonly Event[] =>
      event.type === "path" ? [...this.#code.asked(event.site, event), event] : [event],
    );
  }

  #ofSocket(event: OfOne): readonly OfOne[] {
    const verdict = this.#decided.get(event.sock) ?? this.#decide(event);
    const held = this.#held.get(event.sock) ?? [];
    if (verdict === "undecided") this.#held.set(event.sock, held.length < HELD_MAX ? [...held, event] : held);
    else {
      this.#held.delete(event.sock);
      this.#decided.set(event.sock, verdict);
    }
    if (isEnd(event)) {
      this.#decided.delete(event.sock);
      this.#held.delete(event.sock);
    }
    return verdict === "pass" ? [...held, event] : [];
  }

  #decide(event: OfOne): Verdict {
    const place = judgePlace(this.#filter, event);
    if (place !== "pass" || !this.#owners.isAsked) return place;
    if (!("pid" in event) || event.pid === null) return "undecided";
    return this.#owners.judge(event.pid, event.comm);
  }
}

function isEnd(event: OfOne): boolean {
  return event.type === "close" && (event.how === "destroyed" || event.how === "replaced");
}
