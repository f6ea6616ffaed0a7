"""A client with a keep-alive pool; the server closes idle connections.

VARIANT `idle` (innocent): 23 at most, each used once more before it is replaced: CLOSE_WAIT stands at 23, by design.
VARIANT `growing`: wrong on purpose. The pool makes new connections and never drops dead ones. Keepalive turns each
CLOSE_WAIT into a socket without a row (the server's host answers with a reset), so CLOSE_WAIT stands still: the fds grow.
"""
import socket
import zoo

MAXIMUM = 5000
server = zoo.listen()
port = zoo.port_of(server)
pool = []


def exchange():
    """One request and its answer; then the server closes its idle end, and forgets it after a second (FIN_WAIT2)."""
    client = zoo.connect(port)
    if zoo.VARIANT == "growing":
        client.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, 2)
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPINTVL, 1)
    accepted = server.accept()[0]
    accepted.setsockopt(socket.IPPROTO_TCP, socket.TCP_LINGER2, 1)
    client.sendall(b"GET")
    accepted.sendall(accepted.recv(3))
    client.recv(3)
    accepted.close()
    pool.append(client)


def standing():
    return len(zoo.rows(port, zoo.CLOSE_WAIT, "remote"))


if zoo.VARIANT == "growing":
    while standing() < 3 or len(pool) - standing() < zoo.COUNT:
        exchange()
        if zoo.ended(0.1):
            raise SystemExit
    zoo.ready(port, held=len(pool), side="connect", closeWait=standing())
    while not zoo.ended(0.1):
        if len(pool) < MAXIMUM:
            exchange()
else:
    for _ in range(zoo.COUNT):
        exchange()
    zoo.until(lambda: zoo.in_close_wait(port, 1, side="remote"), "CLOSE_WAIT on the connect side")
    zoo.ready(port, side="connect")
    zoo.hold()
