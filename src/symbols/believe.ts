/**
 * Which of a stack's words are frames. A word that looks like a return address may be left over from an earlier call, so
 * each must be shown to be one:
 *
 *   ip      a frame, unless in libc (a program may make system calls itself, as Go does)
 *   exact   frames, by where they lie (unwind.ts): of near nothing is needed where there are some
 *   near    the first outside libc that can have called libc's wrapper. Another one only if its call leads to the very function of the
 *           frame before, and no other word claims the same
 *   chain   frame pointers, as long as they lead behind calls, and those to the frame before
 *
 * A wrong name is worse than none: what is not certain is left out.
 */
import type { Did } from "../model/site.ts";
import { makesAnother } from "./wrappers.ts";

type Within = { readonly start: number; readonly names: readonly string[] };

/** What is known of the code around an address. */
export type Site = {
  readonly address: number;
  readonly libc: boolean;
  /** The function that it lies in: where that begins in the process, and all its names. Null where that is not known. */
  readonly within: Within | null;
  /** Whether it lies behind a call: null where its bytes cannot be read (what a runtime made). */
  readonly behindCall: boolean | null;
  /** What that call leads to: an address, or through a stub a name; null where only running it tells. */
  readonly called: number | string | null;
  /** Whether the called function, one of the same file, may jump on to this one: then it left no frame of its own. */
  readonly jumpsTo: (aim: Within) => boolean;
  /** Whether what has this name in its file is, or may jump on to, the function that it lies in. */
  readonly answersTo: (name: string) => boolean;
};

export type Candidates = {
  /** The system call that was made, where that is known. */
  readonly did?: Did | undefined;
  readonly ip: number;
  readonly near: readonly number[];
  readonly chain: readonly number[];
  /** Innermost first, libc's among them. */
  readonly exact: readonly number[];
};

/** Undefined for what lies in no executable memory. */
export type Look = (address: number, isReturn: boolean) => Site | undefined;

/** The frames' addresses, innermost first. */
export function believe({ did, ip, near, chain, exact }: Candidates, look: Look): readonly number[] {
  const at = look(ip, false);
  const certain = exact.map((address) => look(address, address !== ip)).filter((site) => site !== undefined);
  if (certain.slice(1).some(({ libc }) => !libc)) {
    const chained = credible(certain.at(-1), beyond(certain, behindCalls(chain, look)));
    return [...certain, ...chained].filter(({ libc }) => !libc).map(({ address }) => address);
  }
  const words = near
    .map((word) => look(word, true))
    .filter(mayReturn)
    .filter((site) => !isOver(site, did));
  const chained = behindCalls(chain, look);
  const frames: Site[] = at === undefined || at.libc ? [] : [at];
  const called = at?.libc ? calledLibc(at, words) : undefined;
  if (called !== undefined) frames.push(called);
  const rest = called === undefined ? words : words.slice(words.indexOf(called) + 1);
  if (!continues(frames.at(-1), chained)) frames.push(...callers(frames.at(-1), rest));
  frames.push(...credible(frames.at(-1) ?? at, beyond(frames, chained)));
  return frames.filter(({ libc }) => !libc).map(({ address }) => address);
}

/** What cannot be read here the probe has seen behind a call. */
function mayReturn(site: Site | undefined): site is Site {
  return site !== undefined && site.behindCall !== false;
}

/** Left by a call that libc made before. */
function isOver({ libc, within }: Site, did: Did | undefined): boolean {
  return libc && within !== null && makesAnother(within.names, did);
}

/**
 * The first word outside libc that calls a function of libc that we are in (glibc 2.41 makes the call some functions below
 * the one that was called); else the very first, if it called through a pointer; else one that can have jumped there.
 */
function calledLibc(at: Site, words: readonly Site[]): Site | undefined {
  const outside = words.filter(({ libc }) => !libc);
  const inside = [at, ...words.filter(({ libc }) => libc)];
  const [first] = outside;
  const exact = outside.find((site) => inside.some((callee) => isCallOf(callee, site)));
  const isUnknown = first?.called === null || inside.every(({ within }) => within === null);
  return exact ?? (isUnknown ? first : outside.find((site) => inside.some((callee) => leadsTo(callee, site))));
}

function isCallOf(callee: Site | undefined, { called }: Site): boolean {
  const within = callee?.within;
  if (within === null || within === undefined || called === null) return false;
  return typeof called === "string" ? within.names.includes(called) : called === within.start;
}

/** Calls its function, or one that goes on to it. */
function leadsTo(callee: Site, caller: Site): boolean {
  const { within, answersTo } = callee;
  if (within === null || caller.called === null) return false;
  if (isCallOf(callee, caller)) return true;
  return typeof caller.called === "string" ? answersTo(caller.called) : caller.jumpsTo(within);
}

/** Both are known, and the call leads elsewhere. */
function contradicts(callee: Site | undefined, caller: Site): boolean {
  if (callee === undefined || callee.within === null || caller.called === null) return false;
  return !leadsTo(callee, caller);
}

/** The frame pointers go on just where the last frame is: no need to search. */
function continues(last: Site | undefined, chain: readonly Site[]): boolean {
  const next = chain[chain.findIndex(({ address }) => address === last?.address) + 1];
  return next !== undefined && isCallOf(last, next);
}

/** Each the only word left that calls the function of the one before. */
function callers(innermost: Site | undefined, words: readonly Site[]): readonly Site[] {
  const found: Site[] = [];
  let rest = words;
  for (let last = innermost; last !== undefined; last = found.at(-1)) {
    const claims = rest.filter((site) => isCallOf(last, site));
    const [caller] = claims;
    if (caller === undefined || claims.some(({ address }) => address !== caller.address)) break;
    found.push(caller);
    rest = rest.slice(rest.indexOf(caller) + 1);
  }
  return found;
}

function behindCalls(chain: readonly number[], look: Look): readonly Site[] {
  const found: Site[] = [];
  for (const address of chain) {
    const site = look(address, true);
    if (!mayReturn(site)) break;
    found.push(site);
  }
  return found;
}

/** What the chain adds: it may begin with frames that are there already. */
function beyond(frames: readonly Site[], chain: readonly Site[]): readonly Site[] {
  const known = chain.findLastIndex((site, i) => i < frames.length && frames.some((f) => f.address === site.address));
  return chain.slice(known + 1);
}

/**
 * As far as calls lead from each to the one before. A function without a frame pointer leaves a hole, behind which they
 * go on; where they do not, the frame pointer was something else.
 */
function credible(innermost: Site | undefined, chain: readonly Site[]): readonly Site[] {
  const broken = chain.findIndex((site, i) => {
    const next = chain[i + 1];
    const goesOn = next !== undefined && isCallOf(site, next);
    return contradicts(i === 0 ? innermost : chain[i - 1], site) && !goesOn;
  });
  return broken < 0 ? chain : chain.slice(0, broken);
}
