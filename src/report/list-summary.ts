/** The first line where it is not one leak's own headline: how much leaks, or that nothing does and by what evidence. */
import type { DocumentFinding, FindingsDocument } from "../analysis/findings-document.ts";
import { formatCount } from "../format/count.ts";
import { formatDuration } from "../format/duration.ts";
import { plural } from "../format/plural.ts";
import { nameOf } from "./list-headline.ts";
import type { Page, Style } from "./list-page.ts";

export type Summary = { readonly text: string; readonly style: Style };

export function summaryOf(document: FindingsDocument, page: Page): Summary {
  const leaks = document.findings.filter(({ leak }) => leak);
  return leaks.length > 0 ? { text: leaksText(leaks, page), style: "alarm" } : mildText(document);
}

function leaksText(leaks: readonly DocumentFinding[], page: Page): string {
  const known = new Set(leaks.flatMap(({ process }) => (process === null ? [] : [process.pid])));
  const nobodys = leaks.some(({ process }) => process === null) ? 1 : 0;
  const sockets = leaks.reduce((sum, { count }) => sum + count, 0);
  const processes = known.size + nobodys;
  const verb = processes === 1 ? "leaks" : "leak";
  return `${plural(processes, "process")} ${verb} ${plural(sockets, "socket")}${fullText(leaks, page)}`;
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
