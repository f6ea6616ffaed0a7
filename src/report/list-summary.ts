/** The first line where it is not one leak's own headline: how much leaks, or that nothing does and by what evidence. */
import type { DocumentFinding, FindingsDocument } from "../analysis/findings-document.ts";
import { formatCount } from "../format/count.ts";
import { formatDuration } from "../format/duration.ts";
import { plural } from "../format/plural.ts";
import { isSure, nameOf } from "./list-headline.ts";
import type { Page, Style } from "./list-page.ts";

export type Summary = { readonly text: string; readonly style: Style };

export function summaryOf(document: FindingsDocument, page: Page): Summary {
  const leaks = document.findings.filter(({ leak }) => leak);
  return leaks.length > 0 ? { text: leaksText(leaks, page), style: "alarm" } : mildText(document);
}

/** "2 processes leak 6,061 sockets, 1 may leak 40; first out of fds: …" */
function leaksText(leaks: readonly DocumentFinding[], page: Page): string {
  const sure = countOf(leaks.filter(isSure));
  const maybe = countOf(leaks.filter((leak) => !isSure(leak)));
  const does = `${plural(sure.processes, "process")} ${sure.processes === 1 ? "leaks" : "leak"} ${plural(sure.sockets, "socket")}`;
  const full = fullText(leaks, page);
  if (maybe.sockets === 0) return does + full;
  if (sure.sockets > 0) return `${does}, ${formatCount(maybe.processes)} may leak ${formatCount(maybe.sockets)}${full}`;
  return `${plural(maybe.processes, "process")} may leak ${plural(maybe.sockets, "socket")}${full}`;
}

/** All that nobody is known to hold counts as one process. */
function countOf(leaks: readonly DocumentFinding[]): { readonly processes: number; readonly sockets: number } {
  const processes = new Set(leaks.map(({ process }) => process?.pid ?? null)).size;
  return { processes, sockets: leaks.reduce((sum, { count }) => sum + count, 0) };
}

function fullText(leaks: readonly DocumentFinding[], page: Page): string {
  const first = leaks.find(({ fds }) => fds !== null && fds.exhaustedInMs !== null);
  const inMs = first?.fds?.exhaustedInMs ?? null;
  if (first === undefined || inMs === null) return "";
  const when = inMs <= 0 ? "now" : `in about ${formatDuration(inMs)}`;
  return `; first out of fds: ${nameOf(first, page)}, ${when}`;
}

function mildText({ summary, totals, observed }: FindingsDocument): Summary {
  const seen = `${formatCount(totals.live)} live, ${oldestText(totals.oldestCloseWaitMs)}`;
  const whole = observed.complete ? "complete" : "not everything was seen";
  if (summary.verdict === "clean") return { text: `nothing leaked: ${seen}, ${whole}`, style: "good" };
  if (summary.suspects > 0) {
    return { text: `no leak yet, ${plural(summary.suspects, "suspect socket")}: ${seen}, ${whole}`, style: "strong" };
  }
  return { text: `not enough seen to say that nothing leaks: ${seen}, ${whole}`, style: "strong" };
}

function oldestText(oldestMs: number | null): string {
  return oldestMs === null ? "no CLOSE_WAIT" : `oldest CLOSE_WAIT ${formatDuration(oldestMs)}`;
}
