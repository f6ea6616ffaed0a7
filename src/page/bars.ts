/** Socket timelines: one canvas that holds the visible rows, a bar for each state a socket was in. Wheel and buttons zoom. */
import { formatCount } from "../format/count.ts";
import { type PageData, STANDINGS } from "../report/html/page-data.ts";
import { colour, element } from "./element.ts";
import { type Row, rowsOf, search } from "./rows.ts";
import { lengthText, type Span, timeText } from "./time.ts";
import type { Look, ViewState } from "./view.ts";

const ROW = 16;
const BAR = 11;
const NAMES = 360;
const AXIS = 20;
const HEIGHT = 520;
const STATE_COLOUR: Readonly<Record<string, string>> = {
  ...{ ESTABLISHED: "c1", CLOSE_WAIT: "alarm", LAST_ACK: "c3", FIN_WAIT1: "c4", FIN_WAIT2: "c5", CLOSING: "c6" },
  ...{ SYN_SENT: "c7", SYN_RECV: "c8", CLOSE: "gone" },
};

export class BarsPanel {
  readonly element: HTMLElement;
  readonly #data: PageData;
  readonly #view: ViewState;
  readonly #rows: readonly Row[];
  readonly #canvas = element("canvas", { className: "bars" });
  readonly #scroller = element("div", { className: "scroller" });
  readonly #spacer = element("div");
  readonly #count = element("span", { className: "count" });
  readonly #tip = element("div", { className: "tip" });
  #shown: readonly Row[] = [];
  #drawing = false;

  constructor(data: PageData, view: ViewState) {
    this.#data = data;
    this.#view = view;
    this.#rows = rowsOf(data);
    this.#scroller.append(this.#canvas, this.#spacer);
    this.#tip.hidden = true;
    this.#canvas.setAttribute("role", "img");
    const caption = element("figcaption", { text: "Sockets " }, this.#count);
    this.element = element("figure", { className: "sockets" }, caption, legend(), this.#scroller, this.#tip);
    this.#listen();
    this.#filter(view.look);
  }

  #listen(): void {
    this.#view.follow((look) => this.#filter(look));
    this.#scroller.addEventListener("scroll", () => this.#redraw());
    this.#scroller.addEventListener("wheel", (event) => this.#wheel(event), { passive: false });
    this.#scroller.addEventListener("mousemove", (event) => this.#point(event));
    this.#scroller.addEventListener("mouseleave", () => {
      this.#tip.hidden = true;
    });
    document.addEventListener("theme", () => this.#redraw());
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.#redraw());
    new ResizeObserver(() => this.#redraw()).observe(this.#scroller);
  }

  #filter({ words, closed }: Look): void {
    this.#shown = search(this.#rows, words, closed);
    const { omitted } = this.#data.bars;
    const more = omitted === 0 ? "" : `; ${formatCount(omitted)} more were closed and are not drawn`;
    this.#count.textContent = `${formatCount(this.#shown.length)} of ${formatCount(this.#rows.length)}${more}`;
    const height = Math.min(HEIGHT, AXIS + Math.max(1, this.#shown.length) * ROW);
    this.#scroller.style.height = `${height}px`;
    this.#spacer.style.height = `${Math.max(0, AXIS + this.#shown.length * ROW - height)}px`;
    this.#redraw();
  }

  /** Ctrl or Shift with the wheel, or a pinch, zooms; alone it scrolls the rows. */
  #wheel(event: WheelEvent): void {
    if (!event.ctrlKey && !event.shiftKey) return;
    event.preventDefault();
    this.#view.zoom(event.deltaY + event.deltaX > 0 ? 1.25 : 0.8, this.#timeAt(event.offsetX));
  }

  #timeAt(x: number): number {
    const { from, to } = this.#view.look.span;
    const width = Math.max(1, this.#canvas.clientWidth - NAMES);
    return from + ((Math.max(NAMES, x) - NAMES) / width) * (to - from);
  }

  #rowAt(y: number): Row | undefined {
    const canvasY = y - this.#canvas.getBoundingClientRect().top;
    return canvasY < AXIS ? undefined : this.#shown[Math.floor((canvasY - AXIS + this.#scroller.scrollTop) / ROW)];
  }

  #point(event: MouseEvent): void {
    const row = this.#rowAt(event.clientY);
    this.#tip.hidden = row === undefined;
    if (row === undefined) return;
    this.#tip.replaceChildren(...this.#about(row));
    const { left, top, width } = this.element.getBoundingClientRect();
    this.#tip.style.left = `${Math.min(event.clientX - left + 14, width - 330)}px`;
    this.#tip.style.top = `${event.clientY - top + 14}px`;
  }

  #about(row: Row): HTMLElement[] {
    const head = `${row.name}${row.fd === null ? "" : ` fd ${row.fd}`}: ${row.local} → ${row.remote}`;
    const pieces = row.pieces.map(({ state, from }, index) => {
      const to = row.pieces[index + 1]?.from ?? row.end ?? this.#data.seconds;
      return element("li", { text: `${timeText(this.#data, from)} ${state} for ${lengthText(to - from)}` });
    });
    const standing = [STANDINGS[row.standing] ?? "", row.kind].filter(Boolean).join(", ");
    return [element("strong", { text: head }), element("div", { text: standing }), element("ul", {}, ...pieces)];
  }

  #redraw(): void {
    if (this.#drawing) return;
    this.#drawing = true;
    requestAnimationFrame(() => {
      this.#drawing = false;
      this.#draw();
    });
  }

  #draw(): void {
    const [width, height] = [this.#scroller.clientWidth, this.#scroller.clientHeight];
    if (width === 0 || height === 0) return;
    const scale = devicePixelRatio;
    const { from, to } = this.#view.look.span;
    this.#canvas.setAttribute(
      "aria-label",
      `sockets from ${timeText(this.#data, from)} to ${timeText(this.#data, to)}`,
    );
    this.#canvas.width = width * scale;
    this.#canvas.height = height * scale;
    this.#canvas.style.width = `${width}px`;
    this.#canvas.style.height = `${height}px`;
    const context = this.#canvas.getContext("2d");
    if (context === null) return;
    context.scale(scale, scale);
    new BarsPainter(context, { data: this.#data, span: this.#view.look.span, width, height }).paint(
      this.#shown,
      this.#scroller.scrollTop,
    );
  }
}

function legend(): HTMLElement {
  const keys = Object.entries(STATE_COLOUR).map(([state, hue]) => {
    const swatch = element("i");
    swatch.style.background = `var(--${hue})`;
    return element("span", {}, swatch, document.createTextNode(state));
  });
  return element("div", { className: "legend" }, ...keys);
}

type Canvas = { readonly data: PageData; readonly span: Span; readonly width: number; readonly height: number };

class BarsPainter {
  readonly #context: CanvasRenderingContext2D;
  readonly #canvas: Canvas;
  readonly #colours = new Map(Object.entries(STATE_COLOUR).map(([state, hue]) => [state, colour(hue)]));

  constructor(context: CanvasRenderingContext2D, canvas: Canvas) {
    this.#context = context;
    this.#canvas = canvas;
  }

  paint(rows: readonly Row[], scrolled: number): void {
    const { height } = this.#canvas;
    const first = Math.floor(scrolled / ROW);
    const last = Math.min(rows.length, first + Math.ceil(height / ROW) + 1);
    this.#notes();
    this.#context.font = "12px ui-monospace, monospace";
    this.#context.textBaseline = "middle";
    for (let index = first; index < last; index++) {
      const row = rows[index];
      if (row !== undefined) this.#row(row, AXIS + index * ROW - scrolled);
    }
    this.#axis();
  }

  #x(at: number): number {
    const { span, width } = this.#canvas;
    return NAMES + ((at - span.from) / (span.to - span.from)) * (width - NAMES);
  }

  #row(row: Row, y: number): void {
    const { width, data } = this.#canvas;
    const context = this.#context;
    context.fillStyle = colour(row.standing === 0 ? "alarm" : row.standing === 1 ? "text" : "dim");
    context.fillText(`${row.name}  ${row.remote}`, 4, y + ROW / 2, NAMES - 12);
    row.pieces.forEach(({ state, from }, index) => {
      const to = row.pieces[index + 1]?.from ?? row.end ?? data.seconds;
      const [left, right] = [Math.max(NAMES, this.#x(from)), Math.min(width, this.#x(to))];
      if (right < NAMES || left > width) return;
      context.fillStyle = this.#colours.get(state) ?? colour("dim");
      // What is shorter than a pixel is to be seen all the same.
      context.fillRect(left, y + (ROW - BAR) / 2, Math.max(1, right - left), BAR);
    });
  }

  #notes(): void {
    const { data, height } = this.#canvas;
    for (const [notes, name, wide] of [
      [data.gaps, "gap", 4],
      [data.marks, "dim", 1],
    ] as const) {
      this.#context.fillStyle = colour(name);
      for (const { at } of notes) if (this.#x(at) >= NAMES) this.#context.fillRect(this.#x(at), AXIS, wide, height);
    }
  }

  /** Over the rows, which scroll below it. */
  #axis(): void {
    const { span, width, data } = this.#canvas;
    const context = this.#context;
    context.fillStyle = colour("back");
    context.fillRect(0, 0, width, AXIS);
    context.fillStyle = colour("dim");
    const step = roundStep((span.to - span.from) / 6);
    for (let at = Math.ceil(span.from / step) * step; at < span.to; at += step) {
      context.fillRect(this.#x(at), AXIS - 5, 1, 5);
      context.fillText(timeText(data, at), this.#x(at) + 4, AXIS / 2);
    }
  }
}

const STEPS = [0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1_800, 3_600, 7_200, 21_600, 43_200, 86_400];

/** Seconds between two times of an axis, so that they are easy to reckon with. */
function roundStep(seconds: number): number {
  return STEPS.find((step) => step >= seconds) ?? Math.ceil(seconds / 86_400) * 86_400;
}
