/**
 * What to look at next: by kind, and within a kind by what was seen beside it. Short: beside the headline and what was
 * seen, one line of 80 columns is left for it.
 */
import { formatDuration } from "../../format/duration.ts";
import { plural } from "../../format/plural.ts";
import { tellingGroup } from "../clauses.ts";
import type { Finding } from "../finding.ts";
import { peerOf } from "../place.ts";
import { BY_CODE, culpritSite, pathText } from "../site-words.ts";
import type { Names } from "./names.ts";
import { stackDumpOf } from "./stack-dump.ts";

const HOLDERS_SHOWN = 3;

export function lookAt(finding: Finding, names: Names): string {
  return codeLook(finding) ?? kindLook(finding, names);
}

/** Where the code path is known, that. */
function codeLook({ kind, sites, leak }: Finding): string | undefined {
  const site = leak && BY_CODE.has(kind) ? culpritSite(sites) : undefined;
  if (site === undefined) return undefined;
  const path = pathText(site.frames);
  if (site.role === "eof-read") return `${path} was told that the peer is done: close it there`;
  if (site.role === "last-used") return `${path} used it last: see who closes it after that`;
  return `follow the socket that ${path} opens: nobody closes it`;
}

function kindLook(finding: Finding, names: Names): string {
  switch (finding.kind) {
    case "never-accepted":
      return acceptLook(finding, names);
    case "no-holder":
      return holderLook(finding, names);
    case "gone-unclosed":
      return `find where ${names.it} is not closed after a shutdown() or a reset`;
    case "held-elsewhere":
      return `${holdersText(finding, names)}, too: close it after fork(), or set SOCK_CLOEXEC`;
    case "pool-idle":
      return `set the pool's idle timeout in ${names.who} below that of ${farText(finding, names)}`;
    case "eof-unread":
      return unreadLook(finding, names);
    case "eof-ignored":
      return `find where ${names.it} is not closed when a read returns 0 or fails`;
    case "half-closed":
      return `does the far end still send? if not, ${names.it} needs a deadline`;
    case "unknown":
      return `see the next ones go the way of ${names.fd}: sudo sockleak trace${pidOption(finding)}`;
  }
}

function acceptLook({ process, queue, localPorts }: Finding, { sockets }: Names): string {
  const port = queue?.port ?? localPorts[0]?.port;
  const door = port === undefined ? sockets : `port ${port}`;
  if (process !== null) return `see what keeps ${door} from accept(): ${stackDumpOf(process)}`;
  return `find out who should accept ${sockets}: sudo ss -tlnp${port === undefined ? "" : ` "sport = :${port}"`}`;
}

function holderLook({ sockets }: Finding, { inode }: Names): string {
  const seen = sockets.find(({ socket }) => socket.sight !== null)?.socket.sight?.seen;
  switch (seen?.noHolder) {
    case "io_uring":
      return `an io_uring${seen.ringPid === null ? "" : ` of process ${seen.ringPid}`} holds ${inode}, without an fd: look at what it accepts into`;
    case "in-flight":
      return `${inode} was sent over a Unix socket and not received: find one with unread data: ss -xap`;
    case "kernel":
      return `the kernel itself holds ${inode}: look at network mounts (NFS, SMB, iSCSI, NVMe, Ceph) and dmesg`;
    case "hidden":
      return `this user may not see who holds ${inode}: run sockleak as root`;
    default:
      return `nobody was found who holds ${inode}: look again, it may be gone by now`;
  }
}

function unreadLook({ process, threads, epoll }: Finding, { who, it }: Names): string {
  const group = tellingGroup(threads);
  const far = group?.waitsFor?.remote;
  if (group?.waitsFor && far) {
    const { silentMs, fd } = group.waitsFor;
    const silent = silentMs === null ? "" : ` for ${formatDuration(silentMs)}`;
    return `why is ${peerOf(far)} silent${silent}? ${plural(group.count, "thread")} of ${who} ${waits(group)} on it (fd ${fd})`;
  }
  if (epoll !== null && epoll.noRead > 0) return `find what paused reading of ${it}: back-pressure, auto-read?`;
  if (epoll !== null && epoll.none > 0) return `find the handler that dropped ${it} unclosed: a timeout, a cancel?`;
  const dump = process === null ? "" : `: ${stackDumpOf(process)}`;
  if (group === undefined) return `see what is done instead of reading ${it}${dump}`;
  return `see what ${plural(group.count, "thread")} of ${who} (${group.name}) ${waits(group)} for${dump}`;
}

function waits({ count }: { readonly count: number }): string {
  return count === 1 ? "waits" : "wait";
}

function holdersText({ sockets, process }: Finding, { it }: Names): string {
  const holders = sockets.map(({ socket }) => socket.sight?.seen.holders ?? []).find(({ length }) => length > 1) ?? [];
  const others = holders.filter(({ pid }) => pid !== process?.pid);
  const [only] = others;
  if (only === undefined) return `other processes hold ${it}`;
  if (others.length === 1) return `process ${only.pid} holds ${it} (as fd ${only.fd})`;
  const shown = others.slice(0, HOLDERS_SHOWN).map(({ pid, fd }) => `${pid} (as fd ${fd})`);
  const more = others.length - shown.length;
  return `${shown.join(", ")}${more > 0 ? ` and ${more} more` : ""} hold ${it}`;
}

function farText({ peers }: Finding, { sockets }: Names): string {
  const [peer] = peers;
  return peer === undefined ? sockets : peerOf(peer);
}

function pidOption({ process }: Finding): string {
  return process === null ? "" : ` --pid ${process.pid}`;
}
