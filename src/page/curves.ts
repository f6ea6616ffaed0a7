/** The curves: what was not closed, fds, states, with marks and gaps; and how old what stands is. All by uPlot. */
import uPlot from "uplot";
import type { PageData } from "../report/html/page-data.ts";
import { colour, element } from "./element.ts";
import { timeText } from "./time.ts";
import type { ViewState } from "./view.ts";

const HEIGHT = 220;
/** Between two times: one has 55 pixels, and they must not touch. */
const TIMES_APART = 90;
const STATE_COLOURS = ["c1", "c2", "c3", "c4", "c5", "c6", "c7", "c8"];

type Line = {
  readonly label: string;
  readonly values: readonly (number | null)[];
  readonly colour: string;
  readonly fill?: boolean;
  readonly dash?: number[];
};
type Picture = { readonly title: string; readonly at: readonly number[]; readonly lines: readonly Line[] };

export function drawCurves(data: PageData, view: ViewState): readonly HTMLElement[] {
  const { at, live, unclosed, states } = data.curves;
  const closeWait = states.find(({ state }) => state === "CLOSE_WAIT")?.counts ?? at.map(() => 0);
  const leak: Picture = {
    title: "Not closed",
    at,
    lines: [
      { label: "CLOSE_WAIT", values: closeWait, colour: "alarm", fill: true },
      { label: "and gone, but still held", values: unclosed, colour: "c2" },
    ],
  };
  const all: Picture = { title: "States over time", at, lines: stacked(states, live) };
  return [leak, ...fdPictures(data), all].map((picture) => draw(picture, data, view));
}

/** One scale of time for all: the points of each at their own times. */
function fdPictures({ fds }: PageData): readonly Picture[] {
  if (fds.length === 0) return [];
  const at = [...new Set(fds.flatMap((one) => one.at))].sort((a, b) => a - b);
  const place = new Map(at.map((time, index) => [time, index]));
  const lines = fds.flatMap(({ name, at: times, used, limit }, index): Line[] => {
    const values: (number | null)[] = at.map(() => null);
    times.forEach((time, point) => {
      values[place.get(time) ?? 0] = used[point] ?? null;
    });
    const hue = STATE_COLOURS[index % STATE_COLOURS.length] ?? "c1";
    const most = Math.max(...used);
    // A limit that is far off would press the curve flat.
    const isNear = limit !== null && most > limit / 3;
    return [
      { label: name, values, colour: hue },
      ...(isNear ? [{ label: `limit of ${name}`, values: at.map(() => limit), colour: hue, dash: [6, 4] }] : []),
    ];
  });
  return [{ title: "File descriptors", at, lines }];
}

/** Each on top of those before it. */
function stacked(states: PageData["curves"]["states"], live: readonly number[]): readonly Line[] {
  const below = live.map(() => 0);
  const lines = states.map(({ state, counts }, index): Line => {
    const values = counts.map((count, point) => {
      below[point] = (below[point] ?? 0) + count;
      return below[point] ?? 0;
    });
    const hue = state === "CLOSE_WAIT" ? "alarm" : (STATE_COLOURS[index % STATE_COLOURS.length] ?? "c1");
    return { label: state, values, colour: hue, fill: true };
  });
  // The highest first: the lower ones are painted over it.
  return lines.toReversed();
}

function draw({ title, at, lines }: Picture, data: PageData, view: ViewState): HTMLElement {
  const box = element("figure", { className: "curve" }, element("figcaption", { text: title }));
  let plot: uPlot | undefined;
  const paint = () => {
    plot?.destroy();
    plot = new uPlot(
      options(lines, data, view, box.clientWidth || 800),
      [[...at], ...lines.map(({ values }) => [...values])] as uPlot.AlignedData,
      box,
    );
  };
  requestAnimationFrame(paint);
  view.follow(({ span }) => plot?.setScale("x", { min: span.from, max: span.to }));
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", paint);
  document.addEventListener("theme", paint);
  new ResizeObserver(() => {
    if (plot !== undefined && plot.width !== box.clientWidth && box.clientWidth > 0)
      plot.setSize({ width: box.clientWidth, height: HEIGHT });
  }).observe(box);
  return box;
}

function options(lines: readonly Line[], data: PageData, view: ViewState, width: number): uPlot.Options {
  const axis = {
    stroke: colour("dim"),
    grid: { stroke: colour("line"), width: 1 },
    ticks: { stroke: colour("line"), width: 1 },
  };
  return {
    width,
    height: HEIGHT,
    cursor: { drag: { x: true, y: false } },
    scales: {
      x: { time: false, min: view.look.span.from, max: view.look.span.to },
      y: { range: (_, __, max) => [0, Math.max(1, max * 1.05)] },
    },
    axes: [
      { ...axis, space: TIMES_APART, values: (_, splits) => splits.map((at) => timeText(data, at)) },
      { ...axis, size: 60 },
    ],
    series: [{ label: "time", value: (_, at) => (at === null ? "–" : timeText(data, at)) }, ...lines.map(series)],
    hooks: {
      drawClear: [(plot) => shadeGaps(plot, data)],
      draw: [(plot) => drawMarks(plot, data)],
      setSelect: [
        (plot) => {
          if (plot.select.width > 4)
            view.show({
              from: plot.posToVal(plot.select.left, "x"),
              to: plot.posToVal(plot.select.left + plot.select.width, "x"),
            });
          plot.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
        },
      ],
    },
  };
}

function series({ label, colour: hue, fill, dash }: Line): uPlot.Series {
  const stroke = colour(hue);
  return {
    label,
    stroke,
    width: 1.5,
    spanGaps: true,
    points: { show: false },
    value: (_, value) => (value === null ? "–" : value.toLocaleString("en-US")),
    ...(fill && { fill: `${stroke}59` }),
    ...(dash && { dash }),
  };
}

function shadeGaps(plot: uPlot, { gaps }: PageData): void {
  const { ctx, bbox } = plot;
  ctx.fillStyle = colour("gap");
  for (const { at } of gaps) {
    const x = plot.valToPos(at, "x", true);
    if (x >= bbox.left && x <= bbox.left + bbox.width) ctx.fillRect(x - 2, bbox.top, 4, bbox.height);
  }
}

function drawMarks(plot: uPlot, { marks }: PageData): void {
  const { ctx, bbox } = plot;
  ctx.save();
  ctx.strokeStyle = colour("text");
  ctx.fillStyle = colour("text");
  ctx.setLineDash([4, 4]);
  ctx.textAlign = "left";
  ctx.textBaseline = "alphabetic";
  ctx.font = `${11 * devicePixelRatio}px sans-serif`;
  let labelEnd = Number.NEGATIVE_INFINITY;
  for (const { at, text } of marks) {
    const x = plot.valToPos(at, "x", true);
    if (x < bbox.left || x > bbox.left + bbox.width) continue;
    ctx.beginPath();
    ctx.moveTo(x, bbox.top);
    ctx.lineTo(x, bbox.top + bbox.height);
    ctx.stroke();
    // One over the other nobody can read.
    if (x < labelEnd) continue;
    const label = text.length > 24 ? `${text.slice(0, 23)}…` : text;
    ctx.fillText(label, x + 4, bbox.top + 12 * devicePixelRatio);
    labelEnd = x + ctx.measureText(label).width + 12;
  }
  ctx.restore();
}
