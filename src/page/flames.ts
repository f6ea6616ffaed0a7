/**
 * Flame graphs: a box is a function, below it what it called, as wide as what came through it. Plain elements, which print, take the
 * keyboard and can be read aloud. The red part of a box is what leaked of all that was opened through it.
 *
 *   [ main                    23 of 97 ]      a click: only what is below it, all over the width
 *   [ fetch  23 of 23 ][ order 0 of 74 ]
 */
import { formatCount } from "../format/count.ts";
import type { Flame, FlameNode, PageData } from "../report/html/page-data.ts";
import { element } from "./element.ts";
import { type Box, boxesOf, isFound, type Weight, wayTo } from "./flame.ts";
import type { Look, ViewState } from "./view.ts";

/** Nothing where no code path is known. */
export function drawFlames({ flames }: PageData, view: ViewState): readonly HTMLElement[] {
  return flames.map((flame) => new FlamePanel(flame, view).element);
}

class FlamePanel {
  readonly element: HTMLElement;
  readonly #flame: Flame;
  readonly #graph = element("div", { className: "flame" });
  readonly #count = element("span", { className: "count" });
  #boxes: readonly (readonly [FlameNode, HTMLElement])[] = [];
  #weight: Weight;
  #chosen: FlameNode | null = null;
  #words: readonly string[] = [];

  constructor(flame: Flame, view: ViewState) {
    this.#flame = flame;
    // Of suspects alone nothing has leaked yet.
    this.#weight = flame.nodes.some(({ leaked }) => leaked > 0) ? "leaked" : "opened";
    const title = element("span", { text: `${flame.title} ` });
    const caption = element("figcaption", {}, title, this.#count, ...(flame.closesKnown ? [this.#switch()] : []));
    this.element = element("figure", { className: "flames" }, caption, legend(flame), this.#graph);
    view.follow((look) => this.#search(look));
    this.#draw();
  }

  #switch(): HTMLElement {
    const made = element("button", { text: `wide: ${this.#weight}`, title: "what the width of a box stands for" });
    made.type = "button";
    made.addEventListener("click", () => {
      this.#weight = this.#weight === "leaked" ? "opened" : "leaked";
      made.textContent = `wide: ${this.#weight}`;
      this.#chosen = null;
      this.#draw();
    });
    return made;
  }

  #search({ words }: Look): void {
    this.#words = words.toLowerCase().split(/\s+/).filter(Boolean);
    this.#mark();
  }

  #draw(): void {
    const boxes: [FlameNode, HTMLElement][] = [];
    const way = wayTo(this.#flame.nodes, this.#chosen);
    const chosen = way.at(-1);
    const below = boxesOf(chosen === undefined ? this.#flame.nodes : [chosen], this.#weight);
    const graph = this.#level(below, boxes);
    // Its callers stay above it, as wide as all.
    const callers = way.slice(0, -1).toReversed();
    this.#graph.replaceChildren(callers.reduce((inner, node) => this.#above(node, inner, boxes), graph));
    this.#boxes = boxes;
    this.#mark();
  }

  #above(node: FlameNode, inner: HTMLElement, boxes: [FlameNode, HTMLElement][]): HTMLElement {
    const [box] = boxesOf([{ ...node, below: [] }], this.#weight);
    const made = box === undefined ? element("div") : this.#box({ ...box, node }, boxes);
    return element("div", { className: "flame-level" }, element("div", { className: "flame-node" }, made, inner));
  }

  #level(boxes: readonly Box[], made: [FlameNode, HTMLElement][]): HTMLElement {
    const nodes = boxes.map((box) => {
      const below = box.below.length === 0 ? [] : [this.#level(box.below, made)];
      const node = element("div", { className: "flame-node" }, this.#box(box, made), ...below);
      node.style.width = `${box.share * 100}%`;
      return node;
    });
    return element("div", { className: "flame-level" }, ...nodes);
  }

  #box({ node, leakedShare }: Box, boxes: [FlameNode, HTMLElement][]): HTMLElement {
    const counts = countsText(this.#flame, node);
    const made = element("button", { className: "flame-box", title: `${node.text}: ${counts}` });
    made.type = "button";
    made.append(
      element("span", { text: node.text }),
      element("span", { className: "count", text: shortCounts(this.#flame, node) }),
    );
    made.style.setProperty("--leaked", `${leakedShare * 100}%`);
    made.setAttribute("aria-pressed", String(node === this.#chosen));
    made.addEventListener("click", () => {
      this.#chosen = node === this.#chosen ? null : node;
      this.#draw();
    });
    boxes.push([node, made]);
    return made;
  }

  #mark(): void {
    let found = 0;
    for (const [node, box] of this.#boxes) {
      const isHit = isFound(node, this.#words);
      box.classList.toggle("hit", isHit);
      if (isHit) found += 1;
    }
    this.#graph.classList.toggle("searched", found > 0);
    this.#count.textContent =
      this.#words.length === 0 ? "" : `${formatCount(found)} of ${formatCount(this.#boxes.length)} functions`;
  }
}

function shortCounts({ closesKnown }: Flame, { leaked, opened }: FlameNode): string {
  return closesKnown ? ` ${formatCount(leaked)} of ${formatCount(opened)}` : ` ${formatCount(leaked)}`;
}

function countsText({ closesKnown }: Flame, { leaked, opened, closed }: FlameNode): string {
  if (!closesKnown) return `${formatCount(leaked)} leaked`;
  return `${formatCount(leaked)} of ${formatCount(opened)} opened leaked, ${formatCount(closed)} closed`;
}

function legend({ closesKnown }: Flame): HTMLElement {
  const sign = (name: string, text: string) => {
    const made = element("i");
    made.style.background = `var(--${name})`;
    return element("span", {}, made, document.createTextNode(text));
  };
  const others = closesKnown ? [sign("calm", "closed, or not leaked yet")] : [];
  return element("div", { className: "legend" }, sign("burnt", "leaked"), ...others);
}
