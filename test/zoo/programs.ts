/** The zoo: one line a program. `leak`, `innocent` and `hidden` fill in what most of them share. */
import type { Kind } from "../../src/analysis/finding.ts";
import type { Expected, Language, Program, Shown } from "./program.ts";

const COUNT = 23; // a prime: nothing counts 23 by accident
const unread: Shown = { rows: "CLOSE-WAIT", recvQ: 1, holder: "process" };
const consumed: Shown = { rows: "CLOSE-WAIT", recvQ: 0, holder: "process" };
const gone: Shown = { rows: "gone", holder: "process" };

/** LANGUAGE/SOURCE with its arguments, as one word list: "python/eof data". */
type Rest = Partial<Expected> & { readonly note: string; readonly programCount?: number };

function program(
  name: string,
  command: string,
  shown: Shown,
  kinds: readonly Kind[],
  leak: boolean,
  rest: Rest,
): Program {
  const [path = "", ...args] = command.split(" ");
  const [language = "", source = ""] = path.split("/");
  const { note, programCount = COUNT, ...more } = rest;
  const expected: Expected = { census: kinds, trace: kinds, leak, side: "accept", count: programCount, ...more };
  return { name, language: language as Language, source, args, count: programCount, shown, expected, note };
}

function leak(name: string, command: string, shown: Shown, kind: Kind, rest: Rest): Program {
  return program(name, command, shown, [kind], true, rest);
}

function innocent(name: string, command: string, shown: Shown, rest: Rest): Program {
  return program(name, command, shown, [], false, rest);
}

const leakers: readonly Program[] = [
  leak(
    "never-accepted",
    "python/never_accepted",
    { rows: "CLOSE-WAIT", recvQ: 1, holder: "no-inode" },
    "never-accepted",
    {
      note: "attributed by the listener",
    },
  ),
  program("never-accepted-reset", "python/never_accepted reset", { rows: "none" }, [], true, {
    trace: ["never-accepted"],
    note: "no rows: only the LISTEN row's Recv-Q of 23 tells",
  }),
  leak("read-off", "c/read_off", unread, "eof-unread", { note: "in epoll without EPOLLIN" }),
  leak("abandoned-node", "node/abandoned", unread, "eof-unread", { note: "in no epoll" }),
  leak("abandoned-python", "python/eof unread", unread, "eof-unread", { note: "no epoll at all" }),
  leak("unread-data", "python/eof data", { ...unread, recvQ: 6 }, "eof-unread", { note: "5 unread bytes and the FIN" }),
  leak("peeked", "python/eof peek", unread, "eof-unread", { note: "recv(MSG_PEEK) returned 0" }),
  leak("workers-c", "c/workers", unread, "eof-unread", { note: "8 of 8 threads in recv on one fd (waitFd)" }),
  leak("workers-java", "java/Workers", unread, "eof-unread", {
    note: "8 of 8 pool threads, each on its own backend fd",
  }),
  leak("ignored-c", "c/ignored", consumed, "eof-ignored", { note: "EOF branch without close" }),
  leak("ignored-python", "python/eof ignored", consumed, "eof-ignored", { note: "EOF branch without close" }),
  leak("ignored-node", "node/ignored", consumed, "eof-ignored", {
    note: "allowHalfOpen; sockets are in epoll or were",
  }),
  leak("ignored-java", "java/Ignored", consumed, "eof-ignored", { note: "EOF branch without close" }),
  leak("ignored-rust", "rust/ignored", consumed, "eof-ignored", { note: "EOF branch without drop" }),
  leak("held-dup", "c/ignored dup", consumed, "eof-ignored", {
    note: "close() of the original; a dup in the same process stays",
  }),
  leak("held-fork-parent", "python/held_fork parent", consumed, "eof-ignored", {
    trace: ["held-elsewhere", "eof-ignored"],
    note: "one holder: the opener; the child that read EOF closed and is gone",
  }),
  leak("held-fork-sibling", "python/held_fork sibling", consumed, "eof-ignored", {
    trace: ["held-elsewhere"],
    note: "one holder: a forked helper; the opener lives and let go (by trace only)",
  }),
  leak("held-scm", "python/held_scm", consumed, "eof-ignored", {
    trace: ["held-elsewhere", "eof-ignored"],
    note: "passed on and let go by the acceptor; the receiver read EOF and leaks",
  }),
  leak("held-scm-both", "python/held_scm both", { ...consumed, processes: 2 }, "eof-ignored", {
    note: "two holders of one executable, neither let go",
  }),
  leak("held-exec", "python/held_exec", consumed, "eof-ignored", {
    trace: ["held-elsewhere"],
    note: "one holder: cat, which inherited; the opener let go (by trace only)",
  }),
  leak("held-exec-both", "python/held_exec both", { ...consumed, processes: 2 }, "held-elsewhere", {
    note: "two executables hold each: the server and cat",
  }),
  leak("gone-shutdown-python", "python/gone_shutdown", gone, "gone-unclosed", { note: "shutdown(RDWR), no close" }),
  leak("gone-shutdown-rust", "rust/gone_shutdown", gone, "gone-unclosed", { note: "shutdown(Both), no drop" }),
  leak("gone-reset", "c/gone_reset", gone, "gone-unclosed", { note: "reset by the peer" }),
  leak("gone-keepalive", "python/gone_keepalive", gone, "gone-unclosed", {
    note: "keepalive 2 s, the peer's namespace gone; needs root and veth; addresses 10.77+ or fd7a:6f6f::, info.peer",
  }),
  leak("connect-growing", "python/connect_leak growing", consumed, "eof-ignored", {
    side: "connect",
    moves: "growing",
    peers: 1,
    watchMs: 5000,
    note: "4 more a second, at most 5,000",
  }),
  leak("connect-many-peers", "python/connect_leak many", consumed, "eof-ignored", {
    side: "connect",
    peers: COUNT,
    note: "one socket to each of 23 ports (info.ports): no pool",
  }),
  leak("pool-growing", "python/pool growing", gone, "gone-unclosed", {
    census: ["gone-unclosed", "pool-idle", "eof-unread"],
    trace: ["gone-unclosed", "eof-unread"],
    side: "connect",
    moves: "growing",
    peers: 1,
    watchMs: 5000,
    note: "about 18 CLOSE_WAIT at any time, turned into sockets without a row; the sum grows",
  }),
];

const innocents: readonly Program[] = [
  program("half-close", "node/half_close", consumed, ["eof-ignored"], false, {
    olderThanMs: 5000,
    note: "sends for 20 s after the client's FIN; may be listed, is no leak",
  }),
  program("proxy", "rust/proxy", consumed, ["eof-ignored", "half-closed"], false, {
    olderThanMs: 5000,
    note: "forwards a half-close for 20 s; the proxy's own backend side is FIN_WAIT2",
  }),
  innocent("slow-closer", "java/SlowCloser", consumed, { moves: "about", note: "each is closed after 3 s" }),
  innocent(
    "prefork",
    "python/prefork",
    { rows: "ESTAB", recvQ: 0, holder: "process", processes: 5 },
    {
      note: "five processes share the listener and each connection",
    },
  ),
  innocent("churn", "node/churn", { rows: "none" }, { count: 0, moves: "about", note: "200 a second, all closed" }),
  innocent(
    "idle-established",
    "python/idle established",
    { rows: "ESTAB", recvQ: 0, holder: "process" },
    { note: "both ends open" },
  ),
  program("pool-idle", "python/pool idle", unread, ["pool-idle"], false, {
    side: "connect",
    peers: 1,
    note: "bounded: stands at 23",
  }),
  innocent(
    "unconnected",
    "python/idle unconnected",
    { rows: "unconnected", holder: "process" },
    {
      programCount: 50,
      count: 0,
      note: "50 TCP sockets never connected, 50 UDP, 50 AF_UNIX",
    },
  ),
  innocent(
    "exited",
    "python/exited",
    { rows: "none" },
    { count: 0, note: "the leaking child has exited (info.exited)" },
  ),
];

const hidden: readonly Program[] = [
  leak("in-flight", "python/in_flight", { ...unread, holder: "nobody" }, "no-holder", {
    trace: ["no-holder", "eof-unread"],
    note: "in an AF_UNIX receive queue",
  }),
  leak("io-uring", "c/io_uring_accept", { ...unread, holder: "nobody" }, "no-holder", {
    trace: ["no-holder", "eof-unread"],
    note: "UserFiles of the ring (info.ringFd) names the owner; says `cannot` where io_uring is refused",
  }),
  leak("leader-exited", "c/leader_exited", { ...unread, holder: "thread" }, "eof-unread", {
    note: "fds under task/TID only (info.tid)",
  }),
  leak("unshared-fds", "c/unshared_fds", { ...unread, holder: "thread" }, "eof-unread", {
    note: "fds under task/TID only (info.tid)",
  }),
];

const forged: readonly Program[] = [
  leak("forged-comm", "python/forged comm", consumed, "eof-ignored", { note: 'comm is a",pid=1,fd=3' }),
  leak("forged-cgroup", "python/forged cgroup", consumed, "eof-ignored", {
    note: "cgroup …/x ino:1 sk:1 (info.cgroup); needs cgroup2",
  }),
];

export const programs: readonly Program[] = [...leakers, ...innocents, ...hidden, ...forged];

export function programNamed(name: string): Program {
  const found = programs.find((each) => each.name === name);
  if (found === undefined) throw new Error(`no program "${name}" in the zoo`);
  return found;
}
