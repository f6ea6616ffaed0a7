/** Which functions of a flame are shown, how wide, and which are searched for. Pure. */
import type { FlameNode } from "../report/html/page-data.ts";

/** What the width of a box stands for. */
export type Weight = "leaked" | "opened";

export type Box = {
  readonly node: FlameNode;
  /** Of the box above it, 0 to 1. */
  readonly share: number;
  /** Of what was opened in it, 0 to 1. */
  readonly leakedShare: number;
  readonly below: readonly Box[];
};

/** Boxes of no width are left out: where nothing leaked, all of a path. */
export function boxesOf(nodes: readonly FlameNode[], weight: Weight, whole = sumOf(nodes, weight)): readonly Box[] {
  return nodes
    .filter((node) => node[weight] > 0)
    .map((node) => ({
      node,
      share: node[weight] / whole,
      leakedShare: node.leaked / Math.max(1, node.opened),
      below: boxesOf(node.below, weight, node[weight]),
    }));
}

function sumOf(nodes: readonly FlameNode[], weight: Weight): number {
  return nodes.reduce((sum, node) => sum + node[weight], 0);
}

/** The way from the top to a function, itself last; none where it is not there. */
export function wayTo(nodes: readonly FlameNode[], wanted: FlameNode | null): readonly FlameNode[] {
  for (const node of nodes) {
    if (node === wanted) return [node];
    const below = wayTo(node.below, wanted);
    if (below.length > 0) return [node, ...below];
  }
  return [];
}

export function isFound({ text }: FlameNode, words: readonly string[]): boolean {
  return words.length > 0 && words.every((word) => text.toLowerCase().includes(word));
}
