/** Text of the kernel, of /proc, of the network, inert in HTML, as an element's text or a quoted attribute. */
import { safeText } from "../../format/safe-text.ts";

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

export function escapeHtml(raw: string): string {
  return safeText(raw).replace(/[&<>"']/g, (char) => ENTITIES[char] ?? char);
}

/** A script of ours inside a script element: nothing in it may end that. */
export function inlineScript(script: string): string {
  return script.replace(/<\/(script)/gi, "<\\/$1").replace(/<!--/g, "<\\!--");
}
