/** Search, zoom and theme: the row of tools at the top, which stays in sight. */
import { element } from "./element.ts";
import type { ViewState } from "./view.ts";

export function fillTools(tools: HTMLElement, view: ViewState): void {
  const input = element("input");
  input.type = "search";
  input.id = "search";
  input.placeholder = "search: process, address, port, kind, state";
  input.setAttribute("aria-label", "search");
  input.addEventListener("input", () => view.set({ words: input.value }));
  const closed = element("input");
  closed.type = "checkbox";
  closed.checked = true;
  closed.id = "closed";
  closed.addEventListener("change", () => view.set({ closed: closed.checked }));
  const middle = () => (view.look.span.from + view.look.span.to) / 2;
  const length = () => view.look.span.to - view.look.span.from;
  tools.append(
    input,
    element("label", {}, closed, document.createTextNode(" closed ones, too")),
    button("zoom-in", "+", "look nearer", () => view.zoom(0.5, middle())),
    button("zoom-out", "−", "from farther away", () => view.zoom(2, middle())),
    button("earlier", "←", "earlier", () => view.move(-length() / 2)),
    button("later", "→", "later", () => view.move(length() / 2)),
    button("whole", "all", "the whole recording", () => view.show(view.whole)),
    button("theme", "◐", "light or dark", changeTheme),
  );
  tools.hidden = false;
}

function button(id: string, text: string, title: string, act: () => void): HTMLElement {
  const made = element("button", { text, title });
  made.id = id;
  made.type = "button";
  made.addEventListener("click", act);
  return made;
}

function changeTheme(): void {
  const root = document.documentElement;
  const isDark =
    root.dataset.theme === undefined
      ? matchMedia("(prefers-color-scheme: dark)").matches
      : root.dataset.theme === "dark";
  root.dataset.theme = isDark ? "light" : "dark";
  document.dispatchEvent(new Event("theme"));
}
