"""Does to TCP what the probes must tell, one thing after the other, and says on standard output what it did.

`workload.py ADDRESS [STORY…]`: 127.0.0.1, ::1 or ::ffff:127.0.0.1; all stories 23 times and every state held, or the stories
named, once each. One JSON line: pid, comm, the network namespace, and every
socket: which part of which story it played (STORIES in stories.ts), its addresses, fd, inode and owner, and the state that
the kernel says it is in. Holds what is held until standard input ends, and then exits without closing.
"""
import json
import os
import select
import socket
import struct
import sys

COUNT = 23  # a prime: nothing counts 23 by accident
ESTABLISHED, SYN_SENT, FIN_WAIT1, FIN_WAIT2, CLOSE, CLOSE_WAIT, LAST_ACK, LISTEN, CLOSING = 1, 2, 4, 5, 7, 8, 9, 10, 11
ADDRESS = sys.argv[1]
FAMILY = socket.AF_INET6 if ":" in ADDRESS else socket.AF_INET
SMALL_BUFFER = 4096  # a peer that does not read is full at once

told, held = [], []


def place(address):
    return {"addr": address[0].removeprefix("::ffff:"), "port": address[1]}


def state(sock):
    return sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 1)[0]


def queued(listener):
    """What waits to be accepted: tcpi_unacked of a listener (net/ipv4/tcp.c, tcp_get_info)."""
    return struct.unpack("6I", listener.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 32)[8:])[4]


def until(sock, wanted):
    """The kernel has no event for a state: asked until it is reached. The caller's deadline ends it."""
    while state(sock) != wanted:
        os.sched_yield()


def tell(story, part, sock, remote, pid=None):
    told.append({
        "story": story, "part": part, "local": place(sock.getsockname()), "remote": remote and place(remote),
        "fd": sock.fileno(), "inode": os.fstat(sock.fileno()).st_ino, "pid": pid or os.getpid(),
    })
    return sock


def listen(backlog=64):
    listener = socket.socket(FAMILY)
    if FAMILY == socket.AF_INET6:
        listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, SMALL_BUFFER)
    listener.bind((ADDRESS, 0))
    listener.listen(backlog)
    return listener


def connect(story, part="client"):
    client = socket.socket(FAMILY)
    client.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SMALL_BUFFER)
    client.connect(listener.getsockname())
    return tell(story, part, client, client.getpeername())


def accept(story, part="server"):
    accepted, peer = listener.accept()
    return tell(story, part, accepted, peer)


def pair(story, client_part="client", server_part="server"):
    return connect(story, client_part), accept(story, server_part)


def read_eof(server):
    until(server, CLOSE_WAIT)
    assert server.recv(100) == b""


def closed():
    client, server = pair("closed")
    client.send(b"question")
    assert server.recv(100) == b"question"
    client.close()
    read_eof(server)
    server.close()


def shut():
    client, server = pair("shut")
    client.shutdown(socket.SHUT_WR)
    read_eof(server)
    server.shutdown(socket.SHUT_WR)
    until(server, CLOSE)
    server.close()
    client.close()


def reset():
    client, server = pair("reset")
    client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    client.close()
    until(server, CLOSE)
    server.close()


def refused():
    free = socket.socket(FAMILY)
    free.bind((ADDRESS, 0))
    client = socket.socket(FAMILY)
    client.bind((ADDRESS, 0))
    tell("refused", "client", client, free.getsockname())
    assert client.connect_ex(free.getsockname()) != 0
    client.close()
    free.close()


def exited():
    """A child that exits with the socket open, once we have accepted it."""
    from_child, to_us = os.pipe()
    from_us, to_child = os.pipe()
    child = os.fork()
    if child == 0:
        told.clear()
        client = connect("exited")
        os.write(to_us, json.dumps(told[0]).encode())
        os.read(from_us, 1)
        os._exit(client.fileno() < 0)  # `client` is open until here
    told.append(json.loads(os.read(from_child, 4096)))
    server = accept("exited")
    os.write(to_child, b"!")
    os.waitpid(child, 0)
    read_eof(server)
    server.close()
    for end in (from_child, to_us, from_us, to_child):
        os.close(end)


def abandoned():
    """The client gives up before anybody accepts."""
    global listener
    usual, listener = listener, listen()
    client = connect("abandoned")
    told.append({"story": "abandoned", "part": "server", "local": place(listener.getsockname()),
                 "remote": place(client.getsockname()), "fd": None, "inode": None, "pid": None})
    client.shutdown(socket.SHUT_WR)
    until(client, FIN_WAIT2)
    listener.close()
    until(client, CLOSE)
    client.close()
    listener = usual


def hold(*sockets):
    held.extend((sock, one) for sock, one in zip(sockets, told[-len(sockets):]))


def fill(sock):
    """Until the peer's window is shut: what is queued behind, a FIN as well, is not sent."""
    sock.setblocking(False)
    while select.select([], [sock], [], 0.02)[1]:
        try:
            sock.send(b"x" * SMALL_BUFFER)
        except BlockingIOError:
            pass


def hold_states():
    """A connection a state; SYN_RECV, a request without a socket, and TIME_WAIT, a remnant, have no transitions to tell."""
    client, server = pair("held")
    hold(client, server)

    client, server = pair("held")
    client.shutdown(socket.SHUT_WR)
    until(client, FIN_WAIT2), until(server, CLOSE_WAIT)
    hold(client, server)

    client, server = pair("held")
    fill(client)
    client.shutdown(socket.SHUT_WR)
    until(client, FIN_WAIT1)
    hold(client, server)

    client, server = pair("held")
    fill(client)
    client.shutdown(socket.SHUT_WR)
    server.shutdown(socket.SHUT_WR)
    until(client, CLOSING), until(server, FIN_WAIT2)
    hold(client, server)

    client, server = pair("held")
    fill(client)
    server.shutdown(socket.SHUT_WR)
    until(client, CLOSE_WAIT), until(server, FIN_WAIT2)
    client.shutdown(socket.SHUT_WR)
    until(client, LAST_ACK)
    hold(client, server)

    hold(tell("listener", "server", listen(), None))


def hold_syn_sent():
    """A full accept queue lets no SYN in."""
    global listener
    usual, listener = listener, listen(0)
    hold(connect("held"))
    while queued(listener) == 0:  # its last ACK is on its way
        os.sched_yield()
    told.append({"story": "held", "part": "queued", "local": place(listener.getsockname()),
                 "remote": told[-1]["local"], "fd": None, "inode": None, "pid": None})
    for _ in range(COUNT):
        client = socket.socket(FAMILY)
        client.setblocking(False)
        client.bind((ADDRESS, 0))  # or the transition does not know its port yet
        client.connect_ex(listener.getsockname())
        hold(tell("held", "client", client, listener.getsockname()))
    held.append((listener, {}))
    listener = usual


with open("/proc/self/comm", "w") as comm:
    comm.write("workload")
listener = listen()
if sys.argv[2:]:
    for name in sys.argv[2:]:
        {"closed": closed, "exited": exited, "abandoned": abandoned}[name]()
else:
    for story in (closed, shut, reset, refused, exited, abandoned, hold_states):
        for _ in range(COUNT):
            story()
    hold_syn_sent()
for sock, one in held:
    one["state"] = state(sock)
print(json.dumps({"pid": os.getpid(), "comm": "workload", "netns": os.stat("/proc/self/ns/net").st_ino, "sockets": told}), flush=True)
sys.stdin.read()
os._exit(0)
