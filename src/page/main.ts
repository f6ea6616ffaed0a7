/** The page's script: draws what the HTML does not say. Bundled into one file by the build (npm run build). */
import "uplot/dist/uPlot.min.css";
import "./style.css";
import { drawAges } from "./ages.ts";
import { BarsPanel } from "./bars.ts";
import { drawCurves } from "./curves.ts";
import { readData } from "./data.ts";
import { drawFlames } from "./flames.ts";
import { wholeSpan } from "./time.ts";
import { fillTools } from "./tools.ts";
import { type Look, ViewState } from "./view.ts";

async function main(): Promise<void> {
  const data = await readData();
  const view = new ViewState(wholeSpan(data));
  const tools = document.getElementById("tools");
  if (tools !== null) fillTools(tools, view);
  const sockets = new BarsPanel(data, view);
  document
    .getElementById("pictures")
    ?.append(...drawCurves(data, view), drawAges(data), ...drawFlames(data, view), sockets.element);
  view.follow(filterFindings);
  document.documentElement.dataset.drawn = "yes";
}

/** Cards that hold every word that is searched for stay. */
function filterFindings({ words }: Look): void {
  const asked = words.toLowerCase().split(/\s+/).filter(Boolean);
  for (const card of document.querySelectorAll<HTMLElement>("article.finding")) {
    const text = (card.textContent ?? "").toLowerCase();
    card.hidden = !asked.every((word) => text.includes(word));
  }
}

void main();
