/**
 * For a person at 3 a.m.: what to look at next in this very process, what buys time, and what will not help. Every text
 * names at least two values of its finding (process, ports, peers, fds, threads, limit): a sentence that would be true of
 * any leak helps with none. Names are raw: escape where printed.
 */
import { formatCount } from "../format/count.ts";
import { formatDuration } from "../format/duration.ts";
import { formatRate } from "../format/rate.ts";
import { lookAt } from "./advice/look.ts";
import { type Names, namesOf } from "./advice/names.ts";
import type { Finding } from "./finding.ts";

/** The last of the texts begins so: renderings may set it apart. */
export const WILL_NOT_HELP = "will not help: ";
/** fs.nr_open's default, above which no limit can be set; as the hard limit it takes nothing from the process. */
const HARD_LIMIT_MAX = 1_048_576;
/** FD_SETSIZE: select(2) writes outside its sets from this fd on, and a program may rely on its limit to keep below. */
const SELECT_MAX = 1_024;
const HOUR_MS = 3_600_000;

export function adviceOf(finding: Finding): readonly string[] {
  const names = namesOf(finding);
  return [lookAt(finding, names), ...timeBought(finding), WILL_NOT_HELP + uselessOf(finding, names)];
}

/** A higher limit cures nothing, but a restart at noon is better than an outage at night. */
function timeBought({ process, fds, growth }: Finding): readonly string[] {
  if (process === null || fds === null || fds.limit === null || fds.exhaustedInMs === null) return [];
  const { limit } = fds;
  const soft = limit * 2;
  const raise = `sudo prlimit --pid ${process.pid} --nofile=${soft}:${Math.max(soft, HARD_LIMIT_MAX)}`;
  const perHour = growth.perHour ?? 0;
  const lasts = perHour > 0 ? `, about ${formatDuration((limit / perHour) * HOUR_MS)} at ${formatRate(perHour)}` : "";
  const unless = limit <= SELECT_MAX ? "; not if the program uses select()" : "";
  return [`buys time, cures nothing${lasts}: ${raise} (its limit is ${formatCount(limit)}${unless})`];
}

function uselessOf({ kind }: Finding, { who, it, sockets, inode }: Names): string {
  switch (kind) {
    case "never-accepted":
      return `a longer backlog: ${sockets} need an accept() by ${who}`;
    case "no-holder":
      return `lsof, ss -p: no /proc/PID/fd shows ${inode}`;
    case "gone-unclosed":
      return `ss -K, keepalive: TCP has let go already, nobody but the program closes ${it}`;
    case "held-elsewhere":
      return `close() in one of the processes: each holder of ${it} must close its own`;
    case "pool-idle":
      return `ss -K, a restart of ${who}: its pool fills up again, ${sockets}`;
    case "half-closed":
      return `keepalive, as long as the far end answers: ${it} stays open`;
    case "eof-unread":
    case "eof-ignored":
    case "unknown":
      return `ss -K, keepalive, fin_timeout: nobody but the program closes ${it}`;
  }
}
