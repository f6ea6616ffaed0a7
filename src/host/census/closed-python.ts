/** What a socket in no table is, asked of the kernel by python3 (closed.ts). */
import { isIP } from "node:net";
import type { Address } from "../../model/event.ts";
import { stateOf } from "../../model/state.ts";
import type { Host } from "../port.ts";
import { type Closed, UNTOLD } from "./closed.ts";
import { LineCutter } from "./lines.ts";
import type { Pace } from "./pace.ts";
import { unmapped } from "./table-address.ts";
import type { OtherSocket } from "./walk.ts";

/** Numbers of system calls are the same on x86-64 and arm64. struct tcp_info: include/uapi/linux/tcp.h. */
const SCRIPT = `
import ctypes, errno, fcntl, os, socket, struct, sys
libc = ctypes.CDLL(None, use_errno=True)
PIDFD_OPEN, PIDFD_GETFD, SIOCGSKNS = 434, 438, 0x894C
SOL_SOCKET, SO_PEERNAME, SO_PROTOCOL, SO_DOMAIN, SO_COOKIE, IPPROTO_TCP, TCP_INFO = 1, 28, 38, 39, 57, 6, 11
SEGS_IN, LAST_DATA_SENT, LAST_DATA_RECV, LAST_ACK_RECV = 140, 44, 52, 56

def option(fd, level, name, size):
    buffer, length = ctypes.create_string_buffer(size), ctypes.c_uint(size)
    if libc.getsockopt(fd, level, name, buffer, ctypes.byref(length)) < 0: raise OSError()
    return buffer.raw[:length.value]

def namespace(fd):
    try: ns = fcntl.ioctl(fd, SIOCGSKNS)
    except OSError: return "-"
    try: return os.fstat(ns).st_ino
    finally: os.close(ns)

def address(name):
    family, port = struct.unpack_from("=H", name)[0], struct.unpack_from("!H", name, 2)[0]
    return "%s/%d" % (socket.inet_ntop(family, name[4:8] if family == 2 else name[8:24]), port)

def local(fd):
    buffer, length = ctypes.create_string_buffer(28), ctypes.c_uint(28)
    return address(buffer.raw) if libc.getsockname(fd, buffer, ctypes.byref(length)) == 0 else "-"

def remote(fd, domain):
    try: return address(option(fd, SOL_SOCKET, SO_PEERNAME, 16 if domain == 2 else 28))
    except OSError: return "-"

def tell(fd):
    domain, protocol = (struct.unpack("i", option(fd, SOL_SOCKET, name, 4))[0] for name in (SO_DOMAIN, SO_PROTOCOL))
    if domain not in (2, 10): return [domain]
    cookie = "%x" % struct.unpack("Q", option(fd, SOL_SOCKET, SO_COOKIE, 8))
    if protocol != IPPROTO_TCP: return domain, protocol, cookie, namespace(fd)
    info = option(fd, IPPROTO_TCP, TCP_INFO, 256)
    words = [struct.unpack_from("I", info, at)[0] if len(info) >= at + 4 else "-"
             for at in (SEGS_IN, LAST_DATA_SENT, LAST_DATA_RECV, LAST_ACK_RECV)]
    return domain, protocol, cookie, namespace(fd), info[0], *words, local(fd), remote(fd, domain)

pidfds = {}
for word in sys.argv[1:]:
    pid, inode, fd = map(int, word.split(":"))
    if pid not in pidfds: pidfds[pid] = libc.syscall(PIDFD_OPEN, pid, 0)
    copy = libc.syscall(PIDFD_GETFD, pidfds[pid], fd, 0)
    if copy < 0:
        if ctypes.get_errno() == errno.ENOSYS: sys.exit("pidfd_getfd: too old a kernel")
        if ctypes.get_errno() == errno.EPERM: print(inode, "-")
        continue
    try:
        if os.fstat(copy).st_ino == inode: print(inode, *tell(copy))
    except OSError: pass
    finally: os.close(copy)
`;

/** In one round: 0.6 s. */
export const MOST_ASKED = 20_000;
/** As arguments of one program: with 20,000 of them the start alone would hold the event loop up. */
const AT_ONCE = 2_500;
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

/** Those that were still open; null: python3 or the kernel cannot do it. */
export async function askPython(
  host: Host,
  sockets: readonly OtherSocket[],
  pace: Pace,
): Promise<ReadonlyMap<number, Closed> | null> {
  const told = new Map<number, Closed>();
  for (let from = 0; from < sockets.length; from += AT_ONCE) {
    const words = sockets.slice(from, from + AT_ONCE).map(({ pid, inode, fd }) => `${pid}:${inode}:${fd}`);
    if (!(await askAtOnce({ host, pace, words, told }))) return from === 0 ? null : told;
  }
  return told;
}

type Asking = {
  readonly host: Host;
  readonly pace: Pace;
  readonly words: readonly string[];
  readonly told: Map<number, Closed>;
};

/** -I, -S: nothing of the user's or of the current folder is loaded. */
async function askAtOnce({ host, pace, words, told }: Asking): Promise<boolean> {
  const lines = new LineCutter();
  const take = (line: string) => {
    const found = parseClosedLine(line);
    if (found !== null) told.set(...found);
  };
  const onStdout = (piece: string) => pace.once(() => lines.cut(piece, take));
  for (const python of PYTHONS) {
    const argv = [python, "-I", "-S", "-c", SCRIPT, ...words];
    const { code, stdout, failure } = await host.run(argv, { timeoutMs: TIMEOUT_MS, onStdout });
    onStdout(stdout);
    if (failure !== "not found") return code === 0;
  }
  return false;
}

/** "INODE DOMAIN|- [PROTOCOL COOKIE NETNS [STATE SEGS-IN SENT RECEIVED ACKED LOCAL REMOTE]]", "-" where not told. */
export function parseClosedLine(line: string): readonly [inode: number, closed: Closed] | null {
  const words = line.split(" ");
  if (![2, 5, 12].includes(words.length)) return null;
  const [inode, domain, protocol, , netns, state, segsIn, ...stamps] = words.slice(0, 10).map(count);
  if (inode == null) return null;
  if (domain == null) return [inode, UNTOLD];
  const [lastSndMs = null, lastRcvMs = null, lastAckMs = null] = segsIn ? stamps : [];
  const closed = {
    protocol: protocolName(domain, protocol),
    state: (state == null ? undefined : stateOf(state)) ?? null,
    segsIn: segsIn ?? null,
    cookie: /^[0-9a-f]{1,16}$/.exec(words[3] ?? "")?.[0] ?? null,
    netns: netns ?? null,
    local: address(words[10]),
    remote: address(words[11]),
    lastSndMs,
    lastRcvMs,
    lastAckMs,
  };
  return [inode, closed];
}

function protocolName(domain: number, protocol: number | null | undefined): string {
  if (protocol == null) return FAMILIES[domain] ?? `family ${domain}`;
  return PROTOCOLS[protocol] ?? `protocol ${protocol}`;
}

function count(word: string): number | null {
  return /^\d{1,15}$/.test(word) ? Number(word) : null;
}

/** "127.0.0.1/8080". Port 0: it never had one. */
function address(word = "-"): Address | null {
  const [addr = "", port = ""] = word.split("/");
  return isIP(addr) !== 0 && Number(port) > 0 ? { addr: unmapped(addr), port: Number(port) } : null;
}
