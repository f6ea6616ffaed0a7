/** The panel with CLOSE_WAIT over time. Only paints. */
import type { Widgets } from "blessed";
import line, { type LineChart } from "blessed-contrib/lib/widget/charts/line.js";
import { formatDuration } from "../format/duration.ts";
import type { Chart } from "./view.ts";

/** Rows that contrib leaves empty below its labels: they lie under the text that follows. */
const EMPTY_ROWS = 3;
/** Room above the highest point, as contrib itself leaves. */
const HEADROOM = 1.2;

export class ChartPanel {
  readonly #chart: LineChart;
  #place = "";

  constructor(screen: Widgets.Screen) {
    const style = { line: "red", text: "normal", baseline: "normal" };
    this.#chart = line({ top: 0, left: 0, width: 10, height: 10, tags: false, wholeNumbersOnly: true, style });
    screen.append(this.#chart);
    this.#chart.hide();
  }

  paint(chart: Chart | null): void {
    if (chart === null) {
      this.#chart.hide();
      return;
    }
    this.#put(chart);
    const { values, overMs } = chart;
    // Of nothing but zeros contrib would make a scale from 0 to 0, and divide by it.
    this.#chart.options.maxY = Math.max(1, ...values) * HEADROOM;
    this.#chart.options.numYLabels = Math.max(1, Math.floor((chart.rows - 1) / 2));
    const x = values.map((_, i) => `-${formatDuration(overMs * (1 - i / (values.length - 1)))}`);
    this.#chart.setData([{ x, y: [...values] }]);
    this.#chart.show();
  }

  /** The canvas is made when the chart is attached and never resized: attach it again where its place changes. */
  #put({ top, columns, rows }: Chart): void {
    const place = `${top} ${columns} ${rows}`;
    if (place === this.#place) return;
    this.#place = place;
    this.#chart.top = top;
    this.#chart.width = columns;
    this.#chart.height = rows + EMPTY_ROWS;
    this.#chart.emit("attach");
  }
}
