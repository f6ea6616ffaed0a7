/** Code paths in words. Names are raw: escape where printed. */
import { formatCount } from "../format/count.ts";
import type { Frame } from "../model/site.ts";
import type { Kind } from "./finding.ts";
import type { DocumentSite } from "./findings-document.ts";
import { ownFrames } from "./own-frames.ts";
import type { FindingSite } from "./sites.ts";

/** Callers told of a path: a library's own functions come first, and the program's is seldom further. */
const FRAMES_SHOWN = 4;

/** Kinds of which the code that took the socket, or used it, is to blame. */
export const BY_CODE: ReadonlySet<Kind> = new Set(["eof-unread", "eof-ignored", "gone-unclosed", "unknown"]);

/** The path that tells most of who is to blame, where one does: what was done last, before where it was taken. */
export function culpritSite<S extends FindingSite | DocumentSite>(sites: readonly S[]): S | undefined {
  const telling = sites.filter(({ dispatcher, frames }) => !dispatcher && frames !== null && frames.length > 0);
  return telling.find(({ role }) => role === "opened") ?? telling[0];
}

/** The most important of each role, those to blame first. */
export function tellingSites<S extends FindingSite | DocumentSite>(sites: readonly S[]): readonly S[] {
  const first = culpritSite(sites);
  const others = sites.filter((site) => site !== first && site.role !== first?.role);
  const byRole = others.filter((site, index) => others.findIndex(({ role }) => role === site.role) === index);
  return first === undefined ? byRole : [first, ...byRole];
}

/** "23 of 40 opened at dial (net.c:12) < take_upload (app.c:80) not closed; others at handle_ok (app.c:99)" */
export function siteClause(site: FindingSite | DocumentSite): string {
  const { role, leaked, opened, dispatcher, frames } = site;
  const where = pathText(frames);
  if (dispatcher)
    return `all ${formatCount(opened ?? leaked)} opened at ${where}: a dispatcher, it does not tell who is to blame${closesText(site)}`;
  if (role === "eof-read") return `${formatCount(leaked)} read after the peer's FIN at ${where}`;
  if (role === "last-used") return `${formatCount(leaked)} last used at ${where}`;
  const of = opened === null ? formatCount(leaked) : `${formatCount(leaked)} of ${formatCount(opened)}`;
  return `${of} opened at ${where}${closesText(site)}`;
}

function closesText(site: FindingSite | DocumentSite): string {
  const [most, ...others] = site.closedAt;
  if (most === undefined) return site.dispatcher || site.sampled ? "" : ", none of them closed";
  const more = others.length === 0 ? "" : `, and at ${others.length} more`;
  return `; ${formatCount(most.count)} of them closed at ${pathText(most.frames)}${more}`;
}

/** Innermost first: "dial (net.c:12) < take_upload (app.c:80)". */
export function pathText(frames: readonly Frame[] | null): string {
  if (frames === null || frames.length === 0) return "a code path without names";
  const own = ownFrames(frames);
  const shown = own.slice(0, FRAMES_SHOWN).map(frameText).join(" < ");
  return own.length > FRAMES_SHOWN ? `${shown} < ...` : shown;
}

/** "take_upload (app.c:80)"; without names what addr2line takes: "app+0x1189". */
export function frameText({ function: name, file, line, object, offset, address }: Frame): string {
  if (name !== null && file !== null) return `${name} (${baseOf(file)}${line === null ? "" : `:${line}`})`;
  if (name !== null) return object === null ? name : `${name} (${baseOf(object)})`;
  if (object !== null && offset !== null) return `${baseOf(object)}+0x${offset.toString(16)}`;
  return `0x${address}`;
}

function baseOf(path: string): string {
  return path.split("/").at(-1) || path;
}
