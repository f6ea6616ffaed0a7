/**
 * The code paths on which a process opens connections, as a tree: who called whom, and how many leaked, were opened and were
 * closed below each.
 *
 *   main            23 of 97 leaked      a caller's numbers are the sums of what it called
 *   ├ fetch         23 of 23
 *   └ order          0 of 74
 */
import type { CodeView, SiteView } from "../model/code-paths.ts";
import type { Frame } from "../model/site.ts";
import type { SocketView } from "../model/snapshot.ts";
import type { Judged } from "./finding.ts";
import { ownFrames } from "./own-frames.ts";
import { frameText } from "./site-words.ts";

export type SiteRow = {
  /** Callers above it. */
  readonly depth: number;
  /** Functions in one row where each is called by the one before alone, outermost first: "main > serve". */
  readonly text: string;
  readonly leaked: number;
  readonly opened: number;
  readonly closed: number;
};

/** A function as called by those above it; below it, those that leak most first. */
export type SiteNode = Omit<SiteRow, "depth"> & { readonly below: readonly SiteNode[] };

type Node = { text: string; leaked: number; opened: number; closed: number; readonly below: Map<string, Node> };

/** Of those along which they were last used, or first read after the peer closed: where a dispatcher opens all, these tell. */
export function useTree({ sockets, code }: Told): readonly SiteRow[] {
  return rowsOf(
    USES.flatMap(([text, siteOf]) => {
      const root = node("");
      for (const { socket, standing } of sockets) {
        const site = siteOf(socket);
        const frames = site === null ? undefined : code.sites.get(site)?.frames;
        const leaked = standing === "leak" ? 1 : 0;
        if (frames !== undefined) addPath(root, [text, ...pathOf(frames)], { leaked, opened: 1, closed: 0 });
      }
      return sorted(root);
    }),
    0,
  );
}

const USES: readonly (readonly [string, (socket: SocketView) => number | null])[] = [
  ["last used", ({ lastUsedAt }) => lastUsedAt],
  ["read after the peer closed", ({ eofReadAt }) => eofReadAt],
];

type Told = { readonly sockets: readonly Judged[]; readonly code: CodeView };

/** Rows in the order of the tree; of siblings those that leak most come first. `sockets`: the process's, judged. */
export function siteTree(pid: number, told: Told): readonly SiteRow[] {
  return rowsOf(siteNodes(pid, told), 0);
}

/** The same as a tree, in which each function is a node of its own. */
export function siteNodes(pid: number, { sockets, code }: Told): readonly SiteNode[] {
  const leaked = new Map<number, number>();
  for (const { socket, standing } of sockets) {
    if (standing !== "leak" || socket.openedAt === null) continue;
    leaked.set(socket.openedAt, (leaked.get(socket.openedAt) ?? 0) + 1);
  }
  const root = node("");
  for (const site of code.sites.values()) {
    if (site.pid === pid && (site.did === "accept" || site.did === "connect"))
      add(root, site, leaked.get(site.site) ?? 0);
  }
  return sorted(root);
}

/** Of paths that were told otherwise than by opening: outermost first in each, and how many leaked along it. */
export function leakNodes(
  paths: readonly { readonly texts: readonly string[]; readonly leaked: number }[],
): readonly SiteNode[] {
  const root = node("");
  for (const { texts, leaked } of paths) addPath(root, texts, { leaked, opened: leaked, closed: 0 });
  return sorted(root);
}

function node(text: string): Node {
  return { text, leaked: 0, opened: 0, closed: 0, below: new Map() };
}

function add(root: Node, { did, frames, opened, closed }: SiteView, leaked: number): void {
  const closes = closed.reduce((sum, { count }) => sum + count, 0);
  // Counts are told each second, what leaks at once.
  addPath(root, [did, ...pathOf(frames)], { leaked, opened: Math.max(opened, leaked), closed: closes });
}

function addPath(
  root: Node,
  texts: readonly string[],
  { leaked, opened, closed }: Pick<SiteRow, "leaked" | "opened" | "closed">,
): void {
  let at = root;
  for (const text of texts) {
    const next = at.below.get(text) ?? node(text);
    at.below.set(text, next);
    next.leaked += leaked;
    next.opened += opened;
    next.closed += closed;
    at = next;
  }
}

/** Outermost first. */
export function pathOf(frames: readonly Frame[] | null): readonly string[] {
  if (frames === null || frames.length === 0) return ["[not resolved]"];
  return ownFrames(frames).map(frameText).toReversed();
}

function sorted({ below }: Node): readonly SiteNode[] {
  return [...below.values()]
    .sort((a, b) => b.leaked - a.leaked || b.opened - a.opened || (a.text < b.text ? -1 : 1))
    .map((child) => ({ ...child, below: sorted(child) }));
}

function rowsOf(nodes: readonly SiteNode[], depth: number): SiteRow[] {
  return nodes.flatMap((child) => {
    const texts = [child.text];
    let last = child;
    for (let only = onlyChild(last); only !== undefined && depth > 0; only = onlyChild(last)) {
      texts.push(only.text);
      last = only;
    }
    const { leaked, opened, closed } = child;
    return [{ depth, text: texts.join(" > "), leaked, opened, closed }, ...rowsOf(last.below, depth + 1)];
  });
}

function onlyChild({ below }: SiteNode): SiteNode | undefined {
  return below.length === 1 ? below[0] : undefined;
}
