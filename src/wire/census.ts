/** The specification of what a census tells (model/census.ts). Part of wire/specification.ts. */
import { type TSchema, Type } from "@sinclair/typebox";
import type { RoundEvent } from "../model/census.ts";
import { address, count, list, oneOf, open, orNull, stamp, state } from "./terms.ts";

const holder = Type.Object(
  { pid: count("process"), fd: count("file descriptor"), epoll: orNull(oneOf("none", "no-read", "read")) },
  open,
);
const ms = (description: string) => orNull(count(`milliseconds ${description}`));

const census = Type.Object(
  {
    type: Type.Literal("census"),
    ...stamp,
    sock: Type.String({ minLength: 1, description: "name of this sight: by cookie, inode, or addresses" }),
    round: count("the round that saw it"),
    local: orNull(address),
    remote: orNull(address),
    netns: orNull(count("inode of the network namespace")),
    inode: orNull(count("inode of the socket's file; 0: none")),
    cookie: orNull(Type.String({ description: "sock_diag's cookie, hexadecimal" })),
    state,
    recvQ: orNull(count("bytes; LISTEN: length of the accept queue")),
    sendQ: orNull(count("bytes; LISTEN: bound of the accept queue")),
    timer: orNull(oneOf("off", "on", "keepalive", "timewait", "persist")),
    lastSndMs: ms("since data was sent"),
    lastRcvMs: ms("since data was received"),
    lastAckMs: ms("since an acknowledgement was received"),
    segsIn: orNull(count("segments received")),
    holders: list(holder),
    noHolder: orNull(oneOf("io_uring", "in-flight", "kernel", "hidden", "not-found")),
    ringPid: orNull(count("owner of the io_uring that holds it")),
    protocol: orNull(Type.String()),
    cgroup: orNull(Type.String()),
  },
  open,
);

const process = Type.Object(
  {
    type: Type.Literal("process"),
    ...stamp,
    pid: count("process, in the host's pid namespace"),
    startedUs: count("microseconds of CLOCK_BOOTTIME"),
    comm: Type.String({ description: "name of the process, raw" }),
    exe: orNull(Type.String()),
    exeDeleted: Type.Boolean(),
    args: list(Type.String(), "masked where they look secret"),
    uid: orNull(count("effective user")),
    user: orNull(Type.String()),
    ppid: orNull(count("parent")),
    unit: orNull(Type.String({ description: "systemd unit" })),
    container: orNull(Type.Object({ id: Type.String(), runtime: orNull(Type.String()) }, open)),
    pod: orNull(Type.Object({ name: orNull(Type.String()), uid: Type.String() }, open)),
    netns: orNull(count("inode of the network namespace")),
    pidInContainer: orNull(count("in its own pid namespace")),
  },
  open,
);

const limits = Type.Object(
  {
    type: Type.Literal("limits"),
    ...stamp,
    pid: count("process"),
    fds: Type.Object({ used: count("open fds"), limit: orNull(count("soft limit; null: unlimited")) }, open),
  },
  open,
);

const waitsFor = Type.Object(
  {
    fd: count("file descriptor"),
    local: orNull(address),
    remote: orNull(address),
    state: orNull(state),
    silentMs: ms("since data was received on it"),
  },
  open,
);

const threadGroup = Type.Object(
  {
    count: count("threads"),
    tids: list(count("thread"), "some of them"),
    name: Type.String(),
    state: Type.String(),
    wchan: orNull(Type.String()),
    syscall: orNull(Type.String()),
    waitsFor: orNull(waitsFor),
  },
  open,
);

const threads = Type.Object(
  { type: Type.Literal("threads"), ...stamp, pid: count("process"), groups: list(threadGroup) },
  open,
);

const round = Type.Object(
  {
    type: Type.Literal("round"),
    ...stamp,
    round: count("from 1"),
    fromUs: count("before the first table"),
    toUs: count("after the last table"),
    scope: oneOf("full", "close-wait"),
    netns: list(count("inode of a namespace that was looked into")),
    sockets: count("sockets told"),
    costMs: count("milliseconds of CPU that it took"),
    byState: Type.Unsafe<RoundEvent["byState"]>(Type.Record(Type.String(), count("sockets"))),
    nextMs: orNull(count("milliseconds until the next one was due")),
    why: list(Type.String(), "what could not be seen"),
  },
  open,
);

export const CENSUS_SCHEMAS = { census, process, limits, threads, round } satisfies Record<string, TSchema>;
