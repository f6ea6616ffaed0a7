/** The code paths of processes that leak, as trees: what flame graphs are drawn from. Texts are made harmless here. */
import type { Analysis, Finding, Judged } from "../../analysis/finding.ts";
import { leakNodes, pathOf, type SiteNode, siteNodes } from "../../analysis/site-tree.ts";
import { safeText } from "../../format/safe-text.ts";
import type { CodeView } from "../../model/code-paths.ts";
import type { Role } from "../../model/site.ts";
import type { Flame, FlameNode } from "./page-data.ts";

/** Processes and roles; and of each functions, those that leak least left out. */
const FLAMES_MAX = 12;
const NODES_MAX = 2_000;
/** What says more where all connections are opened along one path. */
const LATER: readonly (readonly [Role, string])[] = [
  ["last-used", "last used before the peer closed"],
  ["eof-read", "first read after the peer closed"],
];

/** Findings come worst first, and so do these. */
export function flamesOf({ findings }: Analysis, code: CodeView): readonly Flame[] {
  const leaking = findings.filter(({ sockets }) => sockets.some(({ standing }) => standing !== "listed"));
  const pids = [...new Set(leaking.flatMap(({ process }) => process?.pid ?? []))].slice(0, FLAMES_MAX);
  return pids
    .flatMap((pid) => {
      const own = findings.filter(({ process }) => process?.pid === pid);
      const name = safeText(`${own[0]?.process?.comm ?? "?"} ${pid}`);
      return [
        openedFlame(pid, { name, sockets: own.flatMap(({ sockets }) => sockets), code }),
        ...laterFlames(name, own),
      ];
    })
    .filter(({ nodes }) => nodes.length > 0)
    .slice(0, FLAMES_MAX);
}

function openedFlame(
  pid: number,
  { name, sockets, code }: { readonly name: string; readonly sockets: readonly Judged[]; readonly code: CodeView },
): Flame {
  const nodes = limited(siteNodes(pid, { sockets, code }));
  return { title: `${name}: where connections were opened`, closesKnown: code.counted, nodes };
}

function laterFlames(name: string, findings: readonly Finding[]): readonly Flame[] {
  return LATER.map(([role, words]) => {
    const sites = findings.flatMap(({ sites: of }) => of.filter((site) => site.role === role));
    const nodes = limited(leakNodes(sites.map(({ frames, leaked }) => ({ texts: pathOf(frames), leaked }))));
    return { title: `${name}: where what leaks was ${words}`, closesKnown: false, nodes };
  });
}

/** The first of them, callers before what they call. */
function limited(nodes: readonly SiteNode[]): readonly FlameNode[] {
  let left = NODES_MAX;
  const take = (of: readonly SiteNode[]): readonly FlameNode[] =>
    of.flatMap(({ text, leaked, opened, closed, below }) => {
      left -= 1;
      return left < 0 ? [] : [{ text: safeText(text), leaked, opened, closed, below: take(below) }];
    });
  return take(nodes);
}
