/**
 * On which code paths the sockets of a finding were opened, first read after the peer's FIN, and last used; what share of
 * what came along each leaked; and where its like are closed.
 *
 *   opened    37 of 40 at take_upload      closed at handle_ok: 3      the path that leaks
 *             23 of 23,104 at accept_loop                              a dispatcher: everything goes through it, it tells nothing
 */
import type { CodeView, SiteView } from "../model/code-paths.ts";
import type { Frame, Role, StandingThread } from "../model/site.ts";
import type { SocketView } from "../model/snapshot.ts";
import type { Judged } from "./finding.ts";
import { groupsOf } from "./groups.ts";
import { ownFrames } from "./own-frames.ts";

export type ClosedAt = { readonly frames: readonly Frame[] | null; readonly count: number };

/** `leaked`: how many of the sockets that came along it opened. */
export type SiteThread = StandingThread & { readonly leaked: number };

export type FindingSite = {
  readonly role: Role;
  /** Sockets of the finding that came along. */
  readonly leaked: number;
  /** All that came along since probes were attached; null: not counted. */
  readonly opened: number | null;
  /** Not every opening and closing has a path (CodeView.unsited): `opened` and `closedAt` are of those that have. */
  readonly sampled: boolean;
  /** All that the process opened went along here: no more to blame than the process. */
  readonly dispatcher: boolean;
  readonly closedAt: readonly ClosedAt[];
  /** Innermost first; null: not resolved (yet). */
  readonly frames: readonly Frame[] | null;
  readonly notes: readonly string[];
  /** Where the frames cannot all be read: the threads that opened these, most first, and where each stood when asked. A hint. */
  readonly standing: readonly SiteThread[];
};

/** Of a role, most leaked first: a stack that never repeats has as many numbers as sockets. */
const NUMBERS_MAX = 200;

const ROLES: readonly (readonly [Role, (socket: SocketView) => number | null])[] = [
  ["opened", ({ openedAt }) => openedAt],
  ["eof-read", ({ eofReadAt }) => eofReadAt],
  ["last-used", ({ lastUsedAt }) => lastUsedAt],
];

/** `counted`: the sockets that the finding counts. Most leaked first, within a role. */
export function sitesOf(counted: readonly Judged[], code: CodeView): readonly FindingSite[] {
  const side = counted[0]?.socket.side ?? null;
  return ROLES.flatMap(([role, siteOf]) => {
    const bySite = groupsOf(
      counted.filter(({ socket }) => siteOf(socket) !== null),
      ({ socket }) => siteOf(socket) ?? 0,
    );
    const told = [...bySite].sort(([a, m], [b, n]) => n.length - m.length || a - b).slice(0, NUMBERS_MAX);
    return merged(told.map(([site, sockets]) => findingSite(site, { role, sockets, side }, code)));
  });
}

function findingSite(
  number: number,
  {
    role,
    sockets,
    side,
  }: { readonly role: Role; readonly sockets: readonly Judged[]; readonly side: SocketView["side"] },
  code: CodeView,
): FindingSite {
  const site = code.sites.get(number);
  const leaked = sockets.length;
  const opened = role === "opened" && code.counted && site !== undefined ? Math.max(site.opened, leaked) : null;
  const closedAt = site === undefined ? [] : site.closed.map(({ site: at, count }) => ({ count, ...named(at, code) }));
  return {
    role,
    leaked,
    opened,
    sampled: code.unsited > 0,
    dispatcher: site !== undefined && role === "opened" && isDispatcher(site, { side, code }),
    closedAt: mergedCloses(closedAt),
    frames: site?.frames ?? null,
    notes: site?.notes ?? [],
    standing: role === "opened" ? openersOf(sockets, site?.standing ?? []) : [],
  };
}

/** Those of the threads that opened some of the sockets. */
function openersOf(sockets: readonly Judged[], threads: readonly StandingThread[]): readonly SiteThread[] {
  const openedBy = (tid: number) =>
    sockets.filter(({ socket: { owner } }) => owner?.tid === tid && owner.learned !== "census").length;
  const counted = threads.map((thread) => ({ ...thread, leaked: openedBy(thread.tid) }));
  return counted.filter(({ leaked }) => leaked > 0).sort((a, b) => b.leaked - a.leaked);
}

function named(site: number, { sites }: CodeView): Pick<ClosedAt, "frames"> {
  return { frames: sites.get(site)?.frames ?? null };
}

/**
 * Everything that the process accepted (or connected), more than one, came along here: who is to blame is not told by it. Of a client whose only
 * path closes nothing it is: nobody else took the sockets.
 */
function isDispatcher(
  site: SiteView,
  { side, code }: { readonly side: SocketView["side"]; readonly code: CodeView },
): boolean {
  const paths = pathsOf(code).get(`${site.pid} ${site.did}`);
  if (!code.counted || paths === undefined || paths.size > 1) return false;
  const [all] = paths.values();
  return all !== undefined && all.opened > 1 && (side === "accept" || all.closed > 0);
}

type Sum = { readonly opened: number; readonly closed: number };

const remembered = new WeakMap<CodeView, ReadonlyMap<string, ReadonlyMap<string, Sum>>>();

/** By process, what it did there, and path: how many were opened along it, and of these closed. Worked out once a view. */
function pathsOf(code: CodeView): ReadonlyMap<string, ReadonlyMap<string, Sum>> {
  const known = remembered.get(code);
  if (known !== undefined) return known;
  const processes = new Map<string, Map<string, Sum>>();
  for (const { site, pid, did, frames, opened, closed } of code.sites.values()) {
    if (opened === 0) continue;
    const paths = processes.get(`${pid} ${did}`) ?? new Map<string, Sum>();
    const key = frames === null || frames.length === 0 ? `${site}` : keyOf(frames);
    const before = paths.get(key) ?? { opened: 0, closed: 0 };
    const closes = closed.reduce((sum, { count }) => sum + count, before.closed);
    processes.set(`${pid} ${did}`, paths.set(key, { opened: before.opened + opened, closed: closes }));
  }
  remembered.set(code, processes);
  return processes;
}

/** Stale words on the stack give one code path many numbers: what has the same frames is the same path. */
function merged(sites: readonly FindingSite[]): readonly FindingSite[] {
  const byPath = new Map<string, FindingSite>();
  for (const [index, site] of sites.entries()) {
    const key = site.frames === null || site.frames.length === 0 ? `${index}` : keyOf(site.frames);
    const same = byPath.get(key);
    byPath.set(key, same === undefined ? site : sum(same, site));
  }
  return [...byPath.values()].sort((a, b) => b.leaked - a.leaked);
}

function sum(a: FindingSite, b: FindingSite): FindingSite {
  return {
    ...a,
    leaked: a.leaked + b.leaked,
    opened: a.opened === null || b.opened === null ? null : a.opened + b.opened,
    dispatcher: a.dispatcher && b.dispatcher,
    closedAt: mergedCloses([...a.closedAt, ...b.closedAt]),
    standing: mergedThreads([...a.standing, ...b.standing]),
  };
}

function mergedThreads(threads: readonly SiteThread[]): readonly SiteThread[] {
  const sums = [...groupsOf(threads, ({ tid }) => tid).values()].flatMap(([first, ...others]) =>
    first === undefined ? [] : [{ ...first, leaked: others.reduce((sum, { leaked }) => sum + leaked, first.leaked) }],
  );
  return sums.sort((a, b) => b.leaked - a.leaked);
}

function mergedCloses(closes: readonly ClosedAt[]): readonly ClosedAt[] {
  const byPath = new Map<string, ClosedAt>();
  for (const close of closes) {
    const key = close.frames === null ? "" : keyOf(close.frames);
    const same = byPath.get(key);
    byPath.set(key, same === undefined ? close : { ...close, count: same.count + close.count });
  }
  return [...byPath.values()].sort((a, b) => b.count - a.count);
}

function keyOf(frames: readonly Frame[]): string {
  return ownFrames(frames)
    .map(({ address, function: name, line }) => `${name ?? address}:${line ?? ""}`)
    .join("\0");
}
