/** What is used of blessed-contrib's line chart: its own types have errors, and its index loads every widget. */
declare module "blessed-contrib/lib/widget/charts/line.js" {
  import type { Widgets } from "blessed";

  type LineOptions = Widgets.BoxOptions & {
    showLegend?: boolean;
    wholeNumbersOnly?: boolean;
    numYLabels?: number;
    maxY?: number;
    style?: { line?: string; text?: string; baseline?: string };
  };
  export type LineChart = Widgets.BoxElement & {
    options: LineOptions;
    setData(data: { x: string[]; y: number[] }[]): void;
  };
  const line: (options: LineOptions) => LineChart;
  export default line;
}
