/** The panel with all text: one box, or two with the chart between them. Only paints. */
import blessed from "blessed";
import { paintLines } from "./paint.ts";
import type { View } from "./view.ts";

export class TextPanel {
  readonly #above: blessed.Widgets.BoxElement;
  readonly #below: blessed.Widgets.BoxElement;

  constructor(parent: blessed.Widgets.Screen) {
    const plain = { parent, left: 0, width: "100%", tags: false, wrap: false };
    this.#above = blessed.box({ ...plain, top: 0 });
    this.#below = blessed.box({ ...plain, top: 0 });
  }

  paint({ lines, chart }: View): void {
    put(this.#above, { top: 0, of: lines.slice(0, chart?.top) });
    const top = chart === null ? lines.length : chart.top + chart.rows;
    put(this.#below, { top, of: lines.slice(top) });
  }
}

function put(box: blessed.Widgets.BoxElement, { top, of }: { top: number; of: View["lines"] }): void {
  box.hidden = of.length === 0;
  box.top = top;
  box.height = Math.max(1, of.length);
  box.setContent(paintLines(of));
}
