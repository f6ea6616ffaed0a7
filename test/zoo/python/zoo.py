"""What every Python program of the zoo needs. Usage of each: PROGRAM.py [ADDRESS [COUNT [VARIANT]]].

ADDRESS is 127.0.0.1, ::1 or ::ffff:127.0.0.1 (listen on ::, clients connect to 127.0.0.1).
"""
import json, os, select, signal, socket, sys, time

ADDRESS = sys.argv[1] if len(sys.argv) > 1 else "127.0.0.1"
COUNT = int(sys.argv[2]) if len(sys.argv) > 2 else 23
VARIANT = sys.argv[3] if len(sys.argv) > 3 else ""
ESTABLISHED, FIN_WAIT2, CLOSE_WAIT = 1, 5, 8
LOOPBACK_6 = "00000000000000000000000001000000"  # ::1 as /proc/net/tcp6 has it
signal.alarm(60)  # until it is ready: a program blocked on its way there does not see its standard input end


def listen(address=ADDRESS, backlog=512):
    host = "::" if address.startswith("::ffff:") else address
    server = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    if host == "::":
        server.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
    server.bind((host, 0))
    server.listen(backlog)
    return server


def port_of(server):
    return server.getsockname()[1]


def connect(port, address=ADDRESS):
    """The connection of a client under test: v4-mapped stays an AF_INET6 socket."""
    return socket.create_connection((address, port))


def peer(port):
    """The other side of a server under test."""
    return connect(port, ADDRESS.removeprefix("::ffff:"))


def pairs(server, count=COUNT):
    """(accepted, peer) sockets; neither is inherited by exec unless the program asks for it."""
    for _ in range(count):
        client = peer(port_of(server))
        yield server.accept()[0], client


def rows(port, state, side="local"):
    """(receive queue, inode) of each socket of /proc/net/tcp{,6} in that state with that local (or remote) port.

    On another address the same port may be another program's.
    """
    found = []
    for table in ("tcp", "tcp6"):
        try:
            lines = open(f"/proc/thread-self/net/{table}").read().splitlines()[1:]
        except FileNotFoundError:  # IPv6 is off
            continue
        for columns in map(str.split, lines):
            address, number = columns[1 if side == "local" else 2].rsplit(":")
            is_ours = (address == LOOPBACK_6) == (ADDRESS == "::1")
            if is_ours and int(number, 16) == port and int(columns[3], 16) == state:
                found.append((int(columns[4].split(":")[1], 16), int(columns[9])))
    return found


def in_close_wait(port, unread=None, count=COUNT, side="local"):
    """Whether `count` sockets are in CLOSE_WAIT, each with that receive queue."""
    queues = [queue for queue, _ in rows(port, CLOSE_WAIT, side)]
    return len(queues) == count and (unread is None or set(queues) == {unread})


def no_rows(sockets):
    """Whether none of these open sockets is in a TCP table any more."""
    held = {os.fstat(s.fileno()).st_ino for s in sockets}
    table = set()
    for name in ("tcp", "tcp6"):
        if os.path.exists(f"/proc/net/{name}"):
            table |= {int(line.split()[9]) for line in open(f"/proc/net/{name}").read().splitlines()[1:]}
    return not held & table


def until(condition, what, seconds=25):
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            sys.exit(f"state not reached in {seconds} s: {what}")
        time.sleep(0.02)


def cannot(why):
    print(json.dumps({"ready": False, "cannot": why}), flush=True)
    sys.exit(3)


def ready(port, held=COUNT, pid=0, **more):
    """`pid` is the process that holds the sockets, if that is another one."""
    signal.alarm(0)
    print(json.dumps({"ready": True, "pid": pid or os.getpid(), "port": port, "held": held, **more}), flush=True)


def ended(seconds=0.0):
    """Whether standard input has ended, waiting for it so long (None: for ever)."""
    return bool(select.select([0], [], [], seconds)[0]) and os.read(0, 4096) == b""


def hold():
    """Until whoever started us ends our standard input, or dies."""
    while not ended(None):
        pass
    os._exit(0)
