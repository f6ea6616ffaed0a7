/**
 * Namespaces that are kept by a mount and have no process (`ip netns add`, what a container manager left) mostly hold no
 * socket, and entering each with nsenter and ss takes two programs. One python3 looks into all of them: 200 took 0.1 s
 * where nsenter and ss took 6. Nobody who holds a socket of such a namespace need be in it, so they are looked into all the same.
 */
import type { Host } from "../port.ts";
import type { Namespace } from "./namespaces.ts";
import { saysIdle } from "./netns-holders.ts";

/** A thread's setns() changes the network namespace of that thread only, here of the only one. */
const SCRIPT = `
import ctypes, os, sys
libc = ctypes.CDLL(None)
CLONE_NEWNET = 0x40000000
for word in sys.argv[1:]:
    inode, path = word.split(":", 1)
    try:
        fd = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW)
        try:
            if os.fstat(fd).st_ino != int(inode) or libc.setns(fd, CLONE_NEWNET) < 0: continue
        finally: os.close(fd)
        tables = []
        for name in ("sockstat", "sockstat6"):
            try: tables.append(open("/proc/thread-self/net/" + name).read())
            except OSError: tables.append("")
        print(inode, *tables, sep="\\n", end="\\0")
    except (OSError, ValueError): pass
`;
const PYTHON = "/usr/bin/python3";
const TIMEOUT_MS = 5_000;
/** To start python3 costs what it costs to enter about as many. */
const WORTH_IT = 4;

/** Inodes of those that are surely without a TCP socket. */
export async function findIdleMounts(host: Host, namespaces: readonly Namespace[]): Promise<ReadonlySet<number>> {
  const words = namespaces.flatMap(({ inode, pids, paths: [path] }) =>
    pids.length === 0 && path !== undefined ? [`${inode}:${path}`] : [],
  );
  if (words.length < WORTH_IT) return new Set();
  const { stdout } = await host.run([PYTHON, "-I", "-S", "-c", SCRIPT, ...words], { timeoutMs: TIMEOUT_MS });
  return new Set(stdout.split("\0").flatMap(idleIn));
}

function idleIn(record: string): readonly number[] {
  const [inode = "", ...lines] = record.split("\n");
  const six = lines.findIndex((line) => line.startsWith("TCP6:"));
  const at = six < 0 ? lines.length : six;
  return saysIdle(lines.slice(0, at).join("\n"), lines.slice(at).join("\n").trimEnd()) ? [Number(inode)] : [];
}
