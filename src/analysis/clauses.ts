/**
 * What was seen beside the kind itself, one clause each, the closest to the socket first: the accept queue, how epoll
 * watches the fds, what the threads do. Code paths are told apart (site-words.ts). Names are raw: escape where printed.
 */

import { formatCount } from "../format/count.ts";
import { formatDuration } from "../format/duration.ts";
import type { ThreadGroup } from "../model/census.ts";
import type { Finding } from "./finding.ts";

export function clausesOf(finding: Finding): readonly string[] {
  const clauses = [queueClause(finding), epollClause(finding), threadsClause(finding.threads)];
  return clauses.filter((clause) => clause !== "");
}

function queueClause({ queue }: Finding): string {
  if (queue === null || queue.length === 0) return "";
  return `accept queue of port ${queue.port}: ${formatCount(queue.length)} of ${formatCount(queue.bound)}`;
}

/** "200 of 203 http-nio-* threads wait in futex": of the group that says most. */
export function threadsClause(groups: readonly ThreadGroup[]): string {
  const telling = tellingGroup(groups);
  if (telling === undefined) return "";
  const all = groups.reduce((sum, { count }) => sum + count, 0);
  const noun = all === 1 ? "thread" : "threads";
  return `${formatCount(telling.count)} of ${formatCount(all)} ${noun} (${telling.name}) ${doing(telling)}`;
}

/** Those that wait for a far end say most; else what most of them do. `groups` come largest first. */
export function tellingGroup(groups: readonly ThreadGroup[]): ThreadGroup | undefined {
  return groups.find(({ waitsFor }) => waitsFor !== null && waitsFor.remote !== null) ?? groups[0];
}

function doing({ state, syscall, wchan, waitsFor }: ThreadGroup): string {
  const place = syscall ?? wchan;
  if (state === "R") return "running";
  if (place === null) return `in state ${state}`;
  return waitsFor === null ? `in ${place}` : `in ${place} on ${waitText(waitsFor)}`;
}

/** "fd 7 to 10.0.3.4:5432, ESTABLISHED, silent for 2 h" */
function waitText({ fd, local, remote, state, silentMs }: NonNullable<ThreadGroup["waitsFor"]>): string {
  const end = remote !== null ? ` to ${remote.addr}:${remote.port}` : local !== null ? ` of port ${local.port}` : "";
  const silent = silentMs === null || remote === null ? "" : `, silent for ${formatDuration(silentMs)}`;
  return `fd ${fd}${end}${state === null ? "" : `, ${state}`}${silent}`;
}

/** Counts only where they differ: mostly all of them are watched the same way. */
function epollClause({ epoll }: Finding): string {
  if (epoll === null) return "";
  const { none, noRead, read } = epoll;
  const all = none + noRead + read;
  const of = (n: number, text: string) =>
    n === 0 ? "" : n === all ? text : `${formatCount(n)} of ${formatCount(all)} ${text}`;
  const clauses = [
    of(noRead, "fds in epoll without EPOLLIN (read interest is off)"),
    of(none, "fds in no epoll set"),
    of(read, "fds in epoll with EPOLLIN"),
  ];
  return clauses.filter((clause) => clause !== "").join(", ");
}
