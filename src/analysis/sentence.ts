/** The one sentence for people. Names are raw: escape where printed. */
import { formatCount } from "../format/count.ts";
import { formatDuration } from "../format/duration.ts";
import type { Snapshot } from "../model/snapshot.ts";
import type { Analysis, Judged, Kind, Suspect } from "./finding.ts";
import { ANY_PORT } from "./peers.ts";
import { isLikelyLeak } from "./verdict.ts";

export type Said = Pick<Analysis, "verdict" | "why" | "suspects" | "oldestCloseWaitMs"> & { readonly enough: boolean };

export function sentenceOf(snapshot: Snapshot, said: Said): string {
  const { verdict, enough, why, suspects } = said;
  const worst = verdict === "leak" ? suspects.find(({ sockets }) => sockets.some(isLikelyLeak)) : suspects[0];
  if (worst !== undefined && verdict === "leak")
    return leakText(worst, "leaks") + othersText(suspects.filter(leaks)) + endText(why);
  if (!enough) return `not enough data: ${booksText(snapshot, said)}${endText(why)}`;
  if (worst !== undefined && mayLeak(worst)) {
    return leakText(worst, "may leak") + othersText(suspects.filter(mayLeak)) + endText(why);
  }
  return `nothing leaked: ${booksText(snapshot, said)}${why.length === 0 ? ", complete" : endText(why)}`;
}

/** "python3 4121 leaks 23 of 97 sockets to 10.0.3.4:443 (eof-ignored), oldest 61 s, about 71/h" */
function leakText(suspect: Suspect, verb: string): string {
  const sockets = suspect.sockets.filter((judged) => judged.standing === (suspect.leaked > 0 ? "leak" : "suspect"));
  const many = formatCount(sockets.length);
  const watched = suspect.opened >= sockets.length;
  const of = !watched ? "" : ` of ${formatCount(suspect.opened)}`;
  const noun = (watched ? suspect.opened : sockets.length) === 1 ? "socket" : "sockets";
  const oldest = suspect.oldest === null ? "?" : formatDuration(suspect.oldest.minMs);
  const growth = suspect.growth.perHour ?? 0;
  const rate = growth > 0 ? `, about ${formatCount(growth)}/h` : "";
  return `${whoText(suspect, sockets, verb)} ${many}${of} ${noun}${whereText(suspect, sockets)} (${kindsText(sockets)}), oldest ${oldest}${rate}`;
}

function whoText({ pid, comm }: Suspect, sockets: readonly Judged[], verb: string): string {
  const queued = sockets.every(({ kind }) => kind === "never-accepted");
  if (pid !== null) return `${comm} ${pid} ${queued ? "does not accept" : verb}`;
  return queued ? "nobody accepts" : `an unknown process ${verb}`;
}

/** " to 10.0.3.4:443", " on port 8080 from 10.0.0.9", " to 10.0.3.4:443 and others": the most frequent. */
function whereText(suspect: Suspect, sockets: readonly Judged[]): string {
  const [peer, second] = suspect.peers;
  const others = second === undefined ? "" : " and others";
  if (peer === undefined) return "";
  const addr = peer.addr.includes(":") && peer.port !== ANY_PORT ? `[${peer.addr}]` : peer.addr;
  if (peer.port !== ANY_PORT) return ` to ${addr}:${peer.port}${others}`;
  const accepted = sockets.find(({ socket }) => socket.side === "accept" && socket.remote?.addr === peer.addr);
  if (accepted?.socket.local == null) return ` with ${addr}${others}`;
  return ` on port ${accepted.socket.local.port} from ${addr}${others}`;
}

/** "eof-ignored", or "20 eof-ignored, 3 gone-unclosed". */
function kindsText(sockets: readonly Judged[]): string {
  const counts = new Map<Kind, number>();
  for (const { kind } of sockets) counts.set(kind, (counts.get(kind) ?? 0) + 1);
  const sorted = [...counts].sort(([, a], [, b]) => b - a);
  if (sorted.length === 1) return sorted.map(([kind]) => kind).join("");
  return sorted.map(([kind, count]) => `${formatCount(count)} ${kind}`).join(", ");
}

function leaks({ leaked }: Suspect): boolean {
  return leaked > 0;
}

function mayLeak({ leaked, suspects }: Suspect): boolean {
  return leaked + suspects > 0;
}

/** Beside the first. */
function othersText(suspects: readonly Suspect[]): string {
  const others = suspects.length - 1;
  if (others <= 0) return "";
  return `; and ${formatCount(others)} more ${others === 1 ? "process" : "processes"}`;
}

/** "1,204 opened, 1,204 closed, oldest CLOSE_WAIT 0.3 s, watched 30 s"; of a census alone: "1,204 live, no CLOSE_WAIT" */
function booksText(snapshot: Snapshot, { oldestCloseWaitMs }: Said): string {
  const { opened, standing, closed, live } = snapshot.books;
  const onlySeen = snapshot.census !== null && snapshot.tracedSinceUs === null;
  const parts = onlySeen ? [] : [`${formatCount(opened)} opened`, `${formatCount(closed)} closed`];
  if (standing > 0 && !onlySeen) parts.push(`${formatCount(standing)} first seen halfway`);
  if (live > 0 || onlySeen) parts.push(`${formatCount(live)} live`);
  parts.push(oldestCloseWaitMs === null ? "no CLOSE_WAIT" : `oldest CLOSE_WAIT ${formatDuration(oldestCloseWaitMs)}`);
  if (!onlySeen || snapshot.census.rounds > 1)
    parts.push(`watched ${formatDuration((snapshot.atUs - snapshot.sinceUs) / 1000)}`);
  return parts.join(", ");
}

function endText(why: readonly string[]): string {
  return why.length === 0 ? "" : `, incomplete: ${why.join(", ")}`;
}
