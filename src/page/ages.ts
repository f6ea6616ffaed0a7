/** How old what stands is: bars of plain elements, which print and can be read aloud. */
import { formatCount } from "../format/count.ts";
import type { PageData } from "../report/html/page-data.ts";
import { element } from "./element.ts";

export function drawAges({ ages }: PageData): HTMLElement {
  const most = Math.max(1, ...ages.map(({ leak, other }) => leak + other));
  const rows = ages.map(({ label, leak, other }) => {
    const bar = element("span", { className: "age-bar" }, part("leak", leak / most), part("other", other / most));
    const name = element("span", { className: "age-name", text: label });
    return element("div", { className: "age" }, name, bar, element("span", { text: formatCount(leak + other) }));
  });
  return element(
    "figure",
    { className: "ages" },
    element("figcaption", { text: "For how long a close has been owed" }),
    ...rows,
  );
}

function part(name: string, share: number): HTMLElement {
  const made = element("span", { className: name });
  made.style.width = `${share * 100}%`;
  return made;
}
