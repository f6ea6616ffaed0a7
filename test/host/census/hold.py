"""A program that holds sockets in one way, told by its first argument; prints one JSON line when it holds them, and stays
until standard input ends. In whatever network namespace it was started."""
import array, ctypes, json, os, select, socket, sys, threading

libc = ctypes.CDLL(None, use_errno=True)
FAMILIES = {"4": (socket.AF_INET, "127.0.0.1", "127.0.0.1"), "6": (socket.AF_INET6, "::1", "::1"),
            "mapped": (socket.AF_INET6, "::ffff:127.0.0.1", "127.0.0.1")}
keep = []

def pairs(count, family="4"):
    """Connections to itself: (accepted, connected), in order."""
    af, bind, _ = FAMILIES[family]
    listener = socket.socket(af); keep.append(listener)
    if af == socket.AF_INET6: listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
    listener.bind((bind, 0)); listener.listen(4096)
    found = []
    for _ in range(count):
        client = socket.socket(FAMILIES[family][0] if family != "mapped" else socket.AF_INET)
        client.connect((FAMILIES[family][2], listener.getsockname()[1]))
        found.append((listener.accept()[0], client))
    return found

def close_wait(count, family="4"):
    found = pairs(count, family)
    for accepted, client in found:
        client.close()
        # Readable once the FIN is here: from then on it is CLOSE_WAIT.
        select.select([accepted], [], [])
    keep.extend(accepted for accepted, _ in found)
    return [accepted for accepted, _ in found]

def inode(s): return os.fstat(s.fileno()).st_ino
def tell(**more): print(json.dumps({"pid": os.getpid(), **more}), flush=True)
def stay(): sys.stdin.buffer.read()

def many(count):
    """A third each of IPv4, IPv6 and v4-mapped."""
    held = {f: [inode(s) for s in close_wait(int(count) // 3 + (f == "4") * (int(count) % 3), f)] for f in FAMILIES}
    tell(held=held); stay()

def forked():
    s = close_wait(1)[0]
    down, up = os.pipe()
    child = os.fork()
    if child == 0: os.close(up); os.read(down, 1); os._exit(0)
    tell(inode=inode(s), fd=s.fileno(), child=child); stay()

def dup():
    s = close_wait(1)[0]
    tell(inode=inode(s), fds=sorted([s.fileno(), os.dup(s.fileno())])); stay()

def leader_gone():
    s = close_wait(1)[0]; pid = os.getpid()
    def rest():
        # The leader has gone when its state is Z.
        while open(f"/proc/{pid}/stat").read().rsplit(") ", 1)[1][0] != "Z": os.sched_yield()
        tell(inode=inode(s), fd=s.fileno()); stay(); os._exit(0)
    threading.Thread(target=rest).start()
    libc.pthread_exit(None)

def unshared():
    """A thread with its own fd table holds it, and the process does not."""
    def thread():
        if libc.unshare(0x400) != 0: os._exit(9)
        s = close_wait(1)[0]
        tell(inode=inode(s), fd=s.fileno()); stay(); os._exit(0)
    threading.Thread(target=thread).start()
    threading.Event().wait()

def named(name):
    libc.prctl(15, name.encode(), 0, 0, 0)
    s = close_wait(1)[0]
    tell(inode=inode(s), fd=s.fileno()); stay()

def in_flight():
    s = close_wait(1)[0]
    a, b = socket.socketpair(); keep.extend([a, b])
    a.sendmsg([b"x"], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", [s.fileno()]))])
    number = inode(s); s.close()
    tell(inode=number); stay()

def io_uring():
    s = close_wait(1)[0]
    ring = libc.syscall(425, 8, ctypes.create_string_buffer(120))
    if ring < 0: tell(inode=None); sys.exit(0)
    if libc.syscall(427, ring, 2, (ctypes.c_int * 1)(s.fileno()), 1) < 0: sys.exit(9)
    number = inode(s); s.close()
    tell(inode=number); stay()

def epoll():
    """Not registered; without EPOLLIN; with it."""
    s = close_wait(3)
    e = select.epoll(); keep.append(e)
    e.register(s[1].fileno(), 0); e.register(s[2].fileno(), select.EPOLLIN)
    tell(inodes=[inode(x) for x in s]); stay()

def never_accepted():
    listener = socket.socket(); listener.bind(("127.0.0.1", 0)); listener.listen(16); keep.append(listener)
    c = socket.create_connection(listener.getsockname()); c.shutdown(socket.SHUT_WR)
    tell(port=listener.getsockname()[1], client=c.getsockname()[1]); c.close(); stay()

def gone():
    """Shut down, reset by the peer, never connected, and of other protocols."""
    (a, ac), (b, bc), (cw, cc) = pairs(3)
    cc.close(); select.select([cw], [], [])
    a.shutdown(socket.SHUT_RDWR); ac.close()
    while a.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 1) != b"\x07": os.sched_yield()
    resetter = list(bc.getsockname())
    bc.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0"); bc.close(); select.select([b], [], [])
    keep.extend([socket.socket(socket.AF_INET, socket.SOCK_DGRAM), socket.socket(socket.AF_UNIX), *socket.socketpair()])
    try: keep.append(socket.socket(socket.AF_INET, socket.SOCK_STREAM, 262))
    except OSError: pass
    never = socket.socket(); keep.extend([a, b, cw, never])
    tell(inodes={"shutdown": inode(a), "reset": inode(b), "never": inode(never), "closeWait": inode(cw)}, fd=cw.fileno(),
         ends={"local": list(b.getsockname()), "peer": resetter})
    for line in sys.stdin:
        if line.strip() == "shut it down": cw.shutdown(socket.SHUT_RDWR)
        # As many fds as before.
        else: b.close(); keep.append(socket.socket(socket.AF_UNIX))
        tell(done=line.strip())

def blocked():
    """Eight threads wait for one silent peer each, all of one server."""
    found = pairs(8)
    for n, (accepted, client) in enumerate(found):
        def work(s=client, n=n): libc.prctl(15, f"worker-{n}".encode(), 0, 0, 0); s.recv(1)
        threading.Thread(target=work, daemon=True).start()
    keep.extend(found)
    def waiting():
        states = 0
        for tid in os.listdir("/proc/self/task"):
            words = open(f"/proc/self/task/{tid}/syscall").read().split()
            states += words[0] in ("45", "207")
        return states
    while waiting() < 8: os.sched_yield()
    tell(port=found[0][0].getsockname()[1]); stay()

def abroad(path):
    """Holds a socket of a network namespace that no process is in."""
    def go(ns):
        if libc.setns(ns.fileno(), 0x40000000) != 0: sys.exit(9)
    with open("/proc/self/ns/net") as home, open(path) as there:
        go(there); s = close_wait(1)[0]; go(home)
    tell(inode=inode(s)); stay()

def hostile(*args):
    """A name and arguments of any bytes."""
    libc.prctl(15, b'\x1b[2J\n\xff"{}', 0, 0, 0)
    s = close_wait(1)[0]
    tell(inode=inode(s)); stay()

globals()[sys.argv[1]](*sys.argv[2:])
