/** One finding of the document. Part of findings-schema.ts. */
import { Type } from "@sinclair/typebox";
import { KINDS } from "../analysis/finding.ts";
import { STATE_NAMES } from "../model/state.ts";
import { count, flag, list, number, oneOf, orNull, port, record, text } from "./schema-terms.ts";

const standing = oneOf("leak: beyond --older-than; suspect: not yet; listed: no leak", ["leak", "suspect", "listed"]);
const confidence = oneOf("how sure the kind is", ["certain", "likely", "possible"]);
const state = oneOf("TCP state by its name in the kernel", STATE_NAMES);
const netns = orNull(count("inode of the network namespace; null: not known"));
const fd = orNull(count("file descriptor in the finding's process; null: not known"));

const age = (what: string) =>
  record(what, {
    minMs: count("milliseconds, at least"),
    maxMs: orNull(count("milliseconds, at most; null: no bound is known")),
    basis: oneOf(
      "traced: seen to begin; tcp_info: bounded by the kernel's stamps; first-seen: only since sockleak saw it",
      ["traced", "tcp_info", "first-seen"],
    ),
  });

const address = (what: string) =>
  orNull(record(`${what}; null: not known`, { addr: text("IPv4 or IPv6; v4-mapped as v4"), port: port("TCP port") }));

const process = record("whose sockets they are; null: no process is known", {
  pid: count("process id in the host's pid namespace"),
  startedUs: orNull(count("microseconds of CLOCK_BOOTTIME; null: not known")),
  comm: text("name of the process, raw"),
  exe: orNull(text("path of its executable; null: not readable")),
  args: list("command line, masked where it looks secret", Type.String()),
  user: orNull(text("name of its effective user; null: not known")),
  unit: orNull(text("systemd unit; null: none or not known")),
  container: orNull(text("container id; null: none or not known")),
  pod: orNull(text("Kubernetes pod; null: none or not known")),
  netns,
});

const threads = record("threads that do the same", {
  count: count("threads"),
  tids: list("thread ids, at most 10 of them", Type.Integer()),
  name: text("their name; * where they differ in numbers only"),
  state: text("letter of /proc/PID/stat: R running, S sleeping, D in the kernel"),
  wchan: orNull(text("kernel function they sleep in; null: not told")),
  syscall: orNull(text("system call they are in; null: not told")),
  waitsFor: orNull(
    record("the socket of the call's fd; null: the call has none, or it was not found", {
      fd: count("file descriptor"),
      addr: orNull(text("its far end, of a listener its own address; null: not known")),
      port: orNull(port("TCP port of addr; null: not known")),
      state: orNull(state),
      silentMs: orNull(count("milliseconds since data came in; null: not known")),
    }),
  ),
});

const socket = record("one socket", {
  local: address("our end"),
  remote: address("the far end"),
  state,
  standing,
  confidence,
  oldest: age("for how long it has owed a close"),
  unreadBytes: orNull(count("received and not read, FIN not counted; null: no census has seen it")),
  fd,
  inode: orNull(count("of its file; 0: not accepted yet; null: not known")),
  netns,
  epoll: orNull(
    oneOf("how the process's epoll sets watch the fd; null: it has none, or not readable", ["none", "no-read", "read"]),
  ),
  holders: list(
    "all processes and fds that hold it, as the latest census saw them",
    record("a holder", { pid: count("process id"), fd: count("file descriptor") }),
  ),
});

const frame = record("a function on the stack", {
  address: text("of the code, hexadecimal"),
  function: orNull(text("its name, demangled; null: no symbol covers the address")),
  file: orNull(text("source file; null: no debug information")),
  line: orNull(count("line of file")),
  object: orNull(text("the mapped file; null: code of no file")),
  offset: orNull(count("in object, as addr2line takes it")),
  inlined: Type.Optional(Type.Literal(true, { description: "compiled into the next frame" })),
});
const frames = list("innermost first; empty: not resolved", frame);

const site = record("a code path", {
  role: oneOf("opened: accept or connect; eof-read: first read after the peer's FIN; last-used: last use before it", [
    "opened",
    "eof-read",
    "last-used",
  ]),
  leaked: count("sockets of this finding that came along"),
  opened: orNull(count("all sockets that did since probes were attached; null: not counted")),
  sampled: flag("not every opening and closing was told a path: opened and closedAt are of those that were"),
  dispatcher: flag("all that the process opened came along here: it tells nothing of who is to blame"),
  closedAt: list(
    "where those are closed, most first",
    record("a closing code path", { frames, count: count("sockets") }),
  ),
  frames,
  notes: list("what is not known of the frames, and the switch that would tell", Type.String()),
  standing: list(
    "where a Java stack does not tell the callers: threads that opened some of these, most first, and where each stood when asked; a hint",
    record("a thread", {
      tid: count("thread, in the host's pid namespace"),
      name: text("as the Java machine calls it, else as the kernel does"),
      leaked: count("sockets of this finding that it opened along this path"),
      frames: list("innermost first; empty: not asked (--jit)", frame),
    }),
  ),
});

export const finding = record("the unclosed sockets of one process (or of nobody known), one kind, one side", {
  id: text("stable over restarts: unit or executable, kind, local port or peer"),
  kind: oneOf("in what way they are not closed; see README, kinds", KINDS),
  leak: flag("some of its sockets are leaks; count then counts those alone"),
  standing,
  confidence,
  because: text("the reason for the kind, one clause for people"),
  evidence: list("what was seen beside it, one clause each, for people", Type.String()),
  process: orNull(process),
  attributedBy: orNull(
    oneOf("how the process was found: it holds them, it listens where they wait, it was traced; null: it was not", [
      "holder",
      "listener",
      "trace",
    ]),
  ),
  count: count("sockets"),
  oldest: age("for how long the oldest has owed a close"),
  growth: orNull(
    record("of CLOSE_WAIT and gone-unclosed of this process, side and peers together; null: see growthUnknown", {
      perHour: number("sockets gained an hour; 0: at a standstill; below 0: fewer"),
      windowMs: count("milliseconds over which it was taken"),
      method: oneOf("ages: from those of standing sockets; rounds: from censuses", ["ages", "rounds"]),
    }),
  ),
  growthUnknown: orNull(text("why no rate can be told; null: one is told")),
  curve: orNull(
    record("when those that stand came; null: not known", {
      bucketMs: count("milliseconds that a bucket is wide; the last ends at toUs"),
      counts: list("sockets in each bucket, oldest first", count("sockets")),
    }),
  ),
  fds: orNull(
    record("file descriptors of the process; null: not readable", {
      used: count("open"),
      limit: orNull(count("soft limit; null: unlimited or not known")),
      exhaustedInMs: orNull(number("milliseconds until used reaches limit at this growth; null: not to be told")),
    }),
  ),
  side: orNull(
    oneOf("who opened the connection: accept the peer, connect this process; null: not known", ["accept", "connect"]),
  ),
  localPorts: list(
    "our ports of the accept side, most first, at most 20",
    record("a port", { port: port("TCP port"), count: count("sockets") }),
  ),
  localPortsOmitted: count("ports left out above"),
  peers: list(
    "towards whom, most first, at most 20",
    record("a peer", {
      addr: text("address"),
      port: port("TCP port; 0: a peer that came to us, each time from another one"),
      count: count("sockets"),
    }),
  ),
  peersOmitted: count("peers left out above"),
  queue: orNull(
    record("accept queue of the listener they came through; null: not known", {
      port: port("TCP port"),
      length: count("connections waiting for accept()"),
      bound: count("how many may"),
    }),
  ),
  epoll: orNull(
    record("how the process's epoll sets watch their fds, counted; null: not told", {
      none: count("fds in no epoll set"),
      noRead: count("fds in one without EPOLLIN"),
      read: count("fds in one with EPOLLIN"),
    }),
  ),
  sites: list("code paths, by role most leaked first, at most 20; empty: none told", site),
  sitesOmitted: count("code paths left out above"),
  sitesUnknown: orNull(
    text(
      "why some of its sockets, or all, have no code path, and when one is to be expected; null: all have, or nobody asked",
    ),
  ),
  threads: list("what the process's threads do, most first, at most 20 groups", threads),
  lookAgainMs: orNull(number("milliseconds until time has decided whether it is a leak; null: time decides nothing")),
  sockets: list("worst first, as many as asked for", socket),
  advice: list("what to look at, what buys time, and last what will not help, for people", Type.String()),
  next: text("shell command that shows more"),
});
