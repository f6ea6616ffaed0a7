/**
 * Sockets that are in no table: what are they? The kernel tells whoever holds an fd of them. Node cannot ask; python3 can, on
 * a copy of the fd (pidfd_getfd, Linux 5.6), and gives protocol, state, cookie, TCP_INFO's segs_in and the namespace. Where
 * it is missing or refused, lsof tells the protocol (xattr system.sockprotoname), and where that is missing nobody does.
 *
 * Measured: 3 sockets and 5,000 of one process: python3 21 and 147 ms, lsof 170 ms for either. The copy lives for
 * microseconds; a close() of the original meanwhile takes effect when the copy goes.
 */
import { stateOf, type TcpState } from "../../model/state.ts";
import type { Host } from "../port.ts";
import type { OtherSocket } from "./walk.ts";

export type Closed = {
  /** "TCP", "MPTCP", "UDP", "UNIX" … */
  readonly protocol: string | null;
  readonly state: TcpState | null;
  readonly segsIn: number | null;
  readonly cookie: string | null;
  readonly netns: number | null;
};

/** Numbers of system calls are the same on x86-64 and arm64. tcpi_segs_in: include/uapi/linux/tcp.h, at 140. */
const SCRIPT = `
import ctypes, fcntl, os, struct, sys
libc = ctypes.CDLL(None)
PIDFD_OPEN, PIDFD_GETFD, SIOCGSKNS = 434, 438, 0x894C
SOL_SOCKET, SO_PROTOCOL, SO_DOMAIN, SO_COOKIE, IPPROTO_TCP, TCP_INFO = 1, 38, 39, 57, 6, 11

def option(fd, level, name, size):
    buffer, length = ctypes.create_string_buffer(size), ctypes.c_uint(size)
    if libc.getsockopt(fd, level, name, buffer, ctypes.byref(length)) < 0: raise OSError()
    return buffer.raw[:length.value]

def namespace(fd):
    try: ns = fcntl.ioctl(fd, SIOCGSKNS)
    except OSError: return "-"
    try: return os.fstat(ns).st_ino
    finally: os.close(ns)

def tell(fd):
    domain, protocol = (struct.unpack("i", option(fd, SOL_SOCKET, name, 4))[0] for name in (SO_DOMAIN, SO_PROTOCOL))
    if domain not in (2, 10): return domain, "-", "-", "-", "-", "-"
    cookie = "%x" % struct.unpack("Q", option(fd, SOL_SOCKET, SO_COOKIE, 8))
    if protocol != IPPROTO_TCP: return domain, protocol, "-", "-", cookie, namespace(fd)
    info = option(fd, IPPROTO_TCP, TCP_INFO, 256)
    segs = struct.unpack_from("I", info, 140)[0] if len(info) >= 144 else "-"
    return domain, protocol, info[0], segs, cookie, namespace(fd)

pidfds = {}
for word in sys.argv[1:]:
    pid, inode, fd = map(int, word.split(":"))
    if pid not in pidfds: pidfds[pid] = libc.syscall(PIDFD_OPEN, pid, 0)
    copy = libc.syscall(PIDFD_GETFD, pidfds[pid], fd, 0)
    if copy < 0: continue
    try:
        if os.fstat(copy).st_ino == inode: print(inode, *tell(copy))
    except OSError: pass
    finally: os.close(copy)
`;

/** An argument list may be 2 MiB; each is some 20 bytes. */
const AT_ONCE = 20_000;
const TIMEOUT_MS = 10_000;
const PYTHONS = ["/usr/bin/python3", "/usr/libexec/platform-python", "python3"];
const FAMILIES: Readonly<Record<number, string>> = {
  1: "UNIX",
  16: "NETLINK",
  17: "PACKET",
  38: "ALG",
  40: "VSOCK",
  44: "XDP",
};
const PROTOCOLS: Readonly<Record<number, string>> = {
  6: "TCP",
  17: "UDP",
  1: "PING",
  58: "PING",
  132: "SCTP",
  262: "MPTCP",
};

/** By inode; missing: nobody could tell. */
export async function askClosed(host: Host, sockets: readonly OtherSocket[]): Promise<ReadonlyMap<number, Closed>> {
  const told = new Map<number, Closed>();
  for (let from = 0; from < sockets.length; from += AT_ONCE) {
    const words = sockets.slice(from, from + AT_ONCE).map(({ pid, inode, fd }) => `${pid}:${inode}:${fd}`);
    for (const [inode, closed] of parseClosed(await askPython(host, words))) told.set(inode, closed);
  }
  const untold = sockets.filter(({ inode }) => !told.has(inode));
  if (untold.length > 0) for (const [inode, closed] of await askLsof(host, untold)) told.set(inode, closed);
  return told;
}

/** -I, -S: nothing of the user's or of the current folder is loaded. */
async function askPython(host: Host, words: readonly string[]): Promise<string> {
  for (const python of PYTHONS) {
    const argv = [python, "-I", "-S", "-c", SCRIPT, ...words];
    const { code, stdout } = await host.run(argv, { timeoutMs: TIMEOUT_MS });
    if (code === 0) return stdout;
  }
  return "";
}

/** "INODE DOMAIN PROTOCOL STATE SEGS-IN COOKIE NETNS", "-" where not told. */
export function parseClosed(text: string): ReadonlyMap<number, Closed> {
  const told = new Map<number, Closed>();
  for (const line of text.split("\n")) {
    const found = /^(\d+) (\d+) (\d+|-) (\d+|-) (\d+|-) ([0-9a-f]+|-) (\d+|-)$/.exec(line);
    if (found === null) continue;
    const [inode, domain, protocol, state, segsIn] = found
      .slice(1, 6)
      .map((word) => (word === "-" ? null : Number(word)));
    const cookie = found[6] === "-" ? null : (found[6] ?? null);
    const name =
      protocol === null
        ? (FAMILIES[domain ?? -1] ?? `family ${domain}`)
        : (PROTOCOLS[protocol ?? -1] ?? `protocol ${protocol}`);
    told.set(inode ?? 0, {
      protocol: name,
      state: typeof state === "number" ? (stateOf(state) ?? null) : null,
      segsIn: segsIn ?? null,
      cookie,
      netns: found[7] === "-" ? null : Number(found[7]),
    });
  }
  return told;
}

async function askLsof(host: Host, sockets: readonly OtherSocket[]): Promise<ReadonlyMap<number, Closed>> {
  const lsof = await host.which("lsof");
  if (lsof === null) return new Map();
  const pids = [...new Set(sockets.map(({ pid }) => pid))].join(",");
  const { stdout } = await host.run([lsof, "-nPw", "-b", "-p", pids, "-F", "pftin"], { timeoutMs: TIMEOUT_MS });
  return parseLsof(stdout);
}

/** Fields of `lsof -F`: a line each, of a socket in no table `tsock`, `i4711`, `nprotocol: TCP`. */
export function parseLsof(text: string): ReadonlyMap<number, Closed> {
  const told = new Map<number, Closed>();
  let type = "";
  let inode = 0;
  for (const line of text.split("\n")) {
    const value = line.slice(1);
    if (line[0] === "f") [type, inode] = ["", 0];
    else if (line[0] === "t") type = value;
    else if (line[0] === "i") inode = Number(value);
    else if (line[0] === "n" && type === "sock" && inode > 0) {
      const protocol = /^protocol: ([A-Z0-9-]+)/.exec(value)?.[1]?.replace(/v6$/, "");
      if (protocol !== undefined) told.set(inode, { protocol, state: null, segsIn: null, cookie: null, netns: null });
    }
  }
  return told;
}
