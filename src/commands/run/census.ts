/**
 * Without probes: a look at the command and its descendants four times a second. What comes and goes in between is not seen, and
 * who has left its parent between two looks is lost; so what was found may be a leak, and what was not says little.
 */
import { setTimeout as delay } from "node:timers/promises";
import { Sightings } from "../../gate/sightings.ts";
import { boottimeUs } from "../../host/boottime.ts";
import { Census } from "../../host/census/census.ts";
import { descendantsOf } from "../../host/descendants.ts";
import { localHost } from "../../host/local.ts";
import { stateOf } from "../../host/sentinel.ts";
import type { Event, Unnumbered } from "../../model/event.ts";
import { EventFilter } from "../../model/filter.ts";
import { readHeader } from "../header.ts";
import type { Found, Watcher } from "./watcher.ts";

const LOOK_MS = 250;
const SEEN =
  "one look each 250 ms: connections and processes that came and went in between, and leaks younger than a look, were not seen";

export class CensusWatcher implements Watcher {
  readonly #why: string;
  readonly #sightings: Sightings;
  readonly #census = new Census({ host: localHost, clockUs: boottimeUs });
  readonly #numbers = new EventFilter({});
  /** Those seen so far that live. */
  readonly #followed = new Set<number>();
  #looking: Promise<void> = Promise.resolve();
  #ended = false;

  constructor(why: string, options: { readonly olderThanMs: number }) {
    this.#why = why;
    this.#sightings = new Sightings(options);
  }

  begin(pid: number): void {
    this.#followed.add(pid);
    this.#looking = this.#look();
  }

  async settled(graceMs: number): Promise<void> {
    for (const endMs = performance.now() + graceMs; performance.now() < endMs && this.#lives(); ) await delay(LOOK_MS);
  }

  async end(): Promise<Found> {
    this.#ended = true;
    await this.#looking;
    await this.#census.close();
    const { left, snapshot, chronicle } = this.#sightings.end(boottimeUs());
    const withoutProbes = `${this.#why}; ${SEEN}`;
    return { left, snapshot, chronicle, seen: { withoutProbes, gaps: [], blind: 0, omitted: 0 } };
  }

  #lives(): boolean {
    for (const pid of this.#followed) if (isGone(pid)) this.#followed.delete(pid);
    return this.#followed.size > 0;
  }

  async #look(): Promise<void> {
    const wallMs = Date.now();
    const header = { ...(await readHeader({})), bpftrace: null, attachment: "census", mode: "census" } as const;
    this.#take([{ type: "recording", ...header, atUs: boottimeUs(), wallMs }]);
    // The last look comes after the end: what is held still then is what counts.
    for (let last = false; !last; ) {
      last = this.#ended;
      const startMs = performance.now();
      for (const pid of [...this.#followed]) {
        for (const child of await descendantsOf(localHost, pid)) this.#followed.add(child);
      }
      const seen = await this.#census.round("full", this.#followed);
      this.#take(seen as readonly Unnumbered[]);
      this.#take([{ type: "tick", atUs: boottimeUs(), wallMs: Date.now() }]);
      this.#sightings.look({ atUs: boottimeUs(), followed: this.#followed, isGone });
      if (!last) await delay(Math.max(0, LOOK_MS - (performance.now() - startMs)));
    }
  }

  #take(events: readonly Unnumbered[]): void {
    const isOurs = (event: Unnumbered) =>
      event.type !== "census" || event.state === "LISTEN" || this.#isHeld(event as Extract<Event, { type: "census" }>);
    this.#sightings.take(this.#numbers.pass(events.filter(isOurs)));
  }

  /** By one of ours; what waits in a queue is nobody's yet. */
  #isHeld({ holders, inode }: Extract<Event, { type: "census" }>): boolean {
    return inode === 0 || holders.some(({ pid }) => this.#followed.has(pid));
  }
}

function isGone(pid: number): boolean {
  const state = stateOf(pid);
  return state === null || state === "Z" || state === "X";
}
