/** The gate's one sentence. Names are raw: escape where printed. */
import { formatCount } from "../format/count.ts";
import { formatDuration } from "../format/duration.ts";
import { plural } from "../format/plural.ts";
import type { Snapshot } from "../model/snapshot.ts";
import type { Weighed } from "./document.ts";

export function summaryText(
  { snapshot }: { readonly snapshot: Snapshot },
  weighed: readonly Weighed[],
  why: readonly string[],
): string {
  const leaks = weighed.filter(({ gate }) => gate.finding.leak);
  const what = leaks.length > 0 ? leaksText(leaks) : why.length > 0 ? "nothing found" : "nothing leaked";
  return `${what}: ${booksText(snapshot)}`;
}

function leaksText(leaks: readonly Weighed[]): string {
  const sockets = leaks.reduce((sum, { gate }) => sum + gate.finding.count, 0);
  const excused = leaks.filter(({ excuse }) => excuse !== null).length;
  const known = excused === 0 ? "" : `, ${formatCount(excused)} of them known`;
  return `${plural(sockets, "socket")} never closed, in ${plural(leaks.length, "finding")}${known}`;
}

/** Of a census, which counts no lives: how long it looked. */
function booksText({ books, mode, sinceUs, atUs }: Snapshot): string {
  const watched = `watched ${formatDuration((atUs - sinceUs) / 1000)}`;
  return mode === "census" ? watched : `${plural(books.opened, "connection end")} seen, ${watched}`;
}
