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

type Node = { text: string; leaked: number; opened: number; closed: number; readonly below: Map<string, Node> };

/** Rows in the order of the tree; of siblings those that leak most come first. `sockets`: the process's, judged. */
export function siteTree(
  pid: number,
  { sockets, code }: { readonly sockets: readonly Judged[]; readonly code: CodeView },
): readonly SiteRow[] {
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
  return rowsOf(root, 0);
}

function node(text: string): Node {
  return { text, leaked: 0, opened: 0, closed: 0, below: new Map() };
}

function add(root: Node, { did, frames, opened, closed }: SiteView, leaked: number): void {
  let at = root;
  for (const text of [did, ...pathOf(frames)]) {
    const next = at.below.get(text) ?? node(text);
    at.below.set(text, next);
    next.leaked += leaked;
    // Counts are told each second, what leaks at once.
    next.opened += Math.max(opened, leaked);
    next.closed += closed.reduce((sum, { count }) => sum + count, 0);
    at = next;
  }
}

/** Outermost first. */
function pathOf(frames: readonly Frame[] | null): readonly string[] {
  if (frames === null || frames.length === 0) return ["[not resolved]"];
  return ownFrames(frames).map(frameText).toReversed();
}

function rowsOf({ below }: Node, depth: number): SiteRow[] {
  const children = [...below.values()].sort(
    (a, b) => b.leaked - a.leaked || b.opened - a.opened || (a.text < b.text ? -1 : 1),
  );
  return children.flatMap((child) => {
    const texts = [child.text];
    let last = child;
    for (let only = onlyChild(last); only !== undefined && depth > 0; only = onlyChild(last)) {
      texts.push(only.text);
      last = only;
    }
    const { leaked, opened, closed } = child;
    return [{ depth, text: texts.join(" > "), leaked, opened, closed }, ...rowsOf(last, depth + 1)];
  });
}

function onlyChild({ below }: Node): Node | undefined {
  return below.size === 1 ? below.values().next().value : undefined;
}
