/**
 * Which of a stack's words are frames. A word that looks like a return address may be left over from an earlier call, so
 * each must be shown to be one:
 *
 *   ip      a frame, unless in libc (a program may make system calls itself, as Go does)
 *   near    the first outside libc called libc's wrapper. Another one only if its call leads to the very function of the
 *           frame before, and no other word claims the same
 *   chain   frame pointers, as long as they lead behind calls
 *
 * A wrong name is worse than none: what is not certain is left out.
 */

/** What is known of the code around an address. */
export type Site = {
  readonly address: number;
  readonly libc: boolean;
  /** The function that it lies in: where that begins in the process, and all its names. Null where that is not known. */
  readonly within: { readonly start: number; readonly names: readonly string[] } | null;
  /** Whether it lies behind a call: null where its bytes cannot be read (what a runtime made). */
  readonly behindCall: boolean | null;
  /** What that call leads to: an address, or through a stub a name; null where only running it tells. */
  readonly called: number | string | null;
};

export type Candidates = {
  readonly ip: number;
  readonly near: readonly number[];
  readonly chain: readonly number[];
};

/** Undefined for what lies in no executable memory. */
export type Look = (address: number, isReturn: boolean) => Site | undefined;

/** The frames' addresses, innermost first. */
export function believe({ ip, near, chain }: Candidates, look: Look): readonly number[] {
  const at = look(ip, false);
  const words = near.map((word) => look(word, true)).filter(mayReturn);
  const chained = believedChain(chain, look);
  const frames: Site[] = at === undefined || at.libc ? [] : [at];
  const called = at?.libc ? calledLibc(at, words) : undefined;
  if (called !== undefined) frames.push(called);
  const rest = called === undefined ? words : words.slice(words.indexOf(called) + 1);
  if (!continues(frames.at(-1), chained)) frames.push(...callers(frames.at(-1), rest));
  frames.push(...beyond(frames, chained));
  return frames.filter(({ libc }) => !libc).map(({ address }) => address);
}

/** What cannot be read here the probe has seen behind a call. */
function mayReturn(site: Site | undefined): site is Site {
  return site !== undefined && site.behindCall !== false;
}

/** Rather the one that calls the very function we are in than one that lies nearer. */
function calledLibc(at: Site, words: readonly Site[]): Site | undefined {
  const outside = words.filter(({ libc }) => !libc);
  return outside.find((site) => isCallOf(at, site)) ?? outside[0];
}

function isCallOf(callee: Site | undefined, { called }: Site): boolean {
  const within = callee?.within;
  if (within === null || within === undefined || called === null) return false;
  return typeof called === "string" ? within.names.includes(called) : called === within.start;
}

/** The frame pointers go on just where the last frame is: no need to search. */
function continues(last: Site | undefined, chain: readonly Site[]): boolean {
  const [first] = chain;
  return first !== undefined && (isCallOf(last, first) || first.address === last?.address);
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

function believedChain(chain: readonly number[], look: Look): readonly Site[] {
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
