/** What is not known of code paths, why, and what would tell. Names are raw: escape where printed. */
import { formatCount } from "../format/count.ts";
import { formatDuration } from "../format/duration.ts";
import type { Finding, Judged } from "./finding.ts";
import type { DocumentSite } from "./findings-document.ts";
import { pathText } from "./site-words.ts";
import type { FindingSite, SiteThread } from "./sites.ts";

const HOUR_MS = 3_600_000;
/** Of a path. */
const THREADS_SHOWN = 2;
const SAMPLED = "not every opening and closing was told a path: what is counted along each is of those that were";

/** Each once, those of the first paths first. */
export function notesOf(sites: readonly (FindingSite | DocumentSite)[]): readonly string[] {
  const sampled = sites.some(({ sampled: of }) => of) ? [SAMPLED] : [];
  const hints = sites.flatMap(({ standing }) => standing.slice(0, THREADS_SHOWN).map(hintText));
  return [...new Set([...hints, ...sites.flatMap(({ notes }) => notes), ...sampled])];
}

/** "a hint only: thread main, which opened 23 of these, stood at Shop.fetch (Shop.java:44) when it was asked" */
function hintText({ name, leaked, frames }: SiteThread): string {
  const opened = `which opened ${formatCount(leaked)} of these`;
  if (frames.length === 0) return `thread ${name} opened ${formatCount(leaked)} of these`;
  return `a hint only: thread ${name}, ${opened}, stood at ${pathText(frames)} when it was asked`;
}

type Of = Pick<Finding, "growth" | "kind" | "sockets" | "count" | "sitesAsked">;

/**
 * "20 of 23 opened before probes were attached, …", and when one with a path is to be expected. Null: each has its path, nobody asked,
 * or nobody opened them (never accepted).
 */
export function sitesUnknownOf({ growth, kind, sockets, count, sitesAsked }: Of): string | null {
  if (!sitesAsked || kind === "never-accepted") return null;
  const counted = sockets.slice(0, count);
  const bare = counted.filter(({ socket }) => socket.openedAt === null);
  const missed = bare.filter(wasTold);
  const before = bare.length - missed.length;
  const of = (n: number) => (n === counted.length ? "" : `${formatCount(n)} of ${formatCount(counted.length)} `);
  const next = before === counted.length ? nextText(growth) : "";
  const clauses = [
    before === 0 ? "" : `${of(before)}opened before probes were attached, so on which code path is not known${next}`,
    missed.length === 0
      ? ""
      : `${of(missed.length)}opened without a code path: while probes were being attached, by io_uring, by a 32-bit program, or more at once than are walked`,
  ].filter((clause) => clause !== "");
  return clauses.length === 0 ? null : clauses.join("; ");
}

/** A probe saw who opened it. */
function wasTold({ socket: { owner } }: Judged): boolean {
  return owner !== null && owner.learned !== "census";
}

function nextText({ perHour }: Finding["growth"]): string {
  const perHourKnown = perHour ?? 0;
  return perHourKnown > 0 ? `; the next is to be expected in about ${formatDuration(HOUR_MS / perHourKnown)}` : "";
}
