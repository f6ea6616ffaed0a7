/**
 * What probes/sites.bt tells of code paths: frames come before their site, counts as whole maps, cumulative since that bpftrace came.
 * A site with a frame missing is not told: half a stack names the wrong caller.
 */
import type { Unnumbered } from "../model/event.ts";
import type { Did, PathsEvent, SiteEvent, StackWord } from "../model/site.ts";
import type { CountRow } from "../wire/message.ts";
import type { Raw } from "../wire/raw.ts";

type RawFrame = Extract<Raw, { tag: "frame" }>;
type RawWord = Extract<Raw, { tag: "word" }>;
type RawSite = Extract<Raw, { tag: "site" }>;
type Place = { readonly atUs: number };

/** As probes/sites.bt numbers them. */
const DID: Readonly<Record<number, Did>> = { 1: "accept", 2: "connect", 3: "close", 4: "read", 5: "write" };
/** Of the words those that may be told without their places: farther up stale ones are more than others. */
const NEAR_MAX = 8;
/** As probes/sites.bt has it: with more entries than this, counts are told no more. */
const PAIRS_MAX = 1_000;
/** Sites whose frames have come and whose end has not: as many as CPUs, but for losses. */
const UNFINISHED_MAX = 1_000;

export class Paths {
  readonly #frames = new Map<number, string[]>();
  readonly #words = new Map<number, StackWord[]>();
  readonly #opened = new Sums();
  readonly #closed = new Sums();
  #unsited = { before: 0, now: 0, told: 0 };
  #overrun = { now: false, told: false };

  frame({ site, at, address }: RawFrame): void {
    const frames = this.#frames.get(site) ?? [];
    frames[at] = hex(address);
    if (this.#frames.size >= UNFINISHED_MAX) this.#frames.clear();
    this.#frames.set(site, frames);
  }

  word({ site, at, address }: RawWord): void {
    const words = this.#words.get(site) ?? [];
    words.push({ at, address: hex(address) });
    if (this.#words.size >= UNFINISHED_MAX) this.#words.clear();
    this.#words.set(site, words);
  }

  /** Undefined where a frame or a word of it was lost. */
  site(raw: RawSite, { atUs }: Place): Unnumbered<SiteEvent> | undefined {
    const { site, pid, did: call, ip } = raw;
    const chain = (this.#frames.get(site) ?? []).filter((address) => address !== undefined);
    const words = this.#words.get(site) ?? [];
    this.#frames.delete(site);
    this.#words.delete(site);
    const did = DID[call];
    if (chain.length !== raw.frames || words.length !== raw.words || did === undefined) return undefined;
    const near = words.slice(0, NEAR_MAX).map(({ address }) => address);
    return { type: "site", atUs, site, pid, did, ip: hex(ip), near, chain, ...(words.length > 0 && { words }) };
  }

  counts(name: string, rows: readonly CountRow[]): void {
    if (name === "@opens") this.#opened.note(rows, 2);
    else if (name === "@closes") this.#closed.note(rows, 3);
  }

  unsited(count: number): void {
    this.#unsited.now = count;
  }

  pairs(count: number): void {
    if (count >= PAIRS_MAX) this.#overrun.now = true;
  }

  /** What has changed since the last time; undefined where nothing has. */
  take({ atUs }: Place): Unnumbered<PathsEvent> | undefined {
    const opened = this.#opened.take().map(({ key: [site = 0], count }) => ({ site, count }));
    const closed = this.#closed.take().map(({ key: [from = 0, site = 0], count }) => ({ opened: from, site, count }));
    const unsited = this.#unsited.before + this.#unsited.now;
    const overrun = this.#overrun.now;
    const isSame = unsited === this.#unsited.told && overrun === this.#overrun.told;
    if (opened.length + closed.length === 0 && isSame) return undefined;
    this.#unsited.told = unsited;
    this.#overrun.told = overrun;
    return { type: "paths", atUs, opened, closed, unsited, ...(overrun && { overrun }) };
  }

  /** The next bpftrace counts from 0, and numbers the same stacks with the same numbers. */
  reset(): void {
    this.#frames.clear();
    this.#words.clear();
    this.#opened.reset();
    this.#closed.reset();
    this.#unsited = { ...this.#unsited, before: this.#unsited.before + this.#unsited.now, now: 0 };
  }
}

/** Sums by key without the CPU, which is the first of each row's. */
class Sums {
  readonly #before = new Map<string, number>();
  #now = new Map<string, number>();
  readonly #told = new Map<string, number>();

  /** @param keys how many numbers a row's key has: others are not of this map */
  note(rows: readonly CountRow[], keys: number): void {
    const now = new Map<string, number>();
    for (const { key, count } of rows) {
      if (key.length !== keys || key[1] === 0) continue;
      const name = key.slice(1).join();
      now.set(name, (now.get(name) ?? 0) + count);
    }
    this.#now = now;
  }

  take(): readonly CountRow[] {
    const rows: CountRow[] = [];
    for (const [name, added] of this.#now) {
      const count = (this.#before.get(name) ?? 0) + added;
      if (this.#told.get(name) === count) continue;
      this.#told.set(name, count);
      rows.push({ key: name.split(",").map(Number), count });
    }
    return rows;
  }

  reset(): void {
    for (const [name, added] of this.#now) this.#before.set(name, (this.#before.get(name) ?? 0) + added);
    this.#now = new Map();
  }
}

function hex(address: number): string {
  return address < 0 ? BigInt.asUintN(64, BigInt(address)).toString(16) : address.toString(16);
}
