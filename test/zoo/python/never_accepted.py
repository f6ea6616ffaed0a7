"""Wrong on purpose: it listens and never accepts. The clients gave up; nobody owns their connections.

Variant `reset`: the clients went with a reset, so that not even a row is left: only the listener's queue tells.
"""
import socket, struct
import zoo

server = zoo.listen()
port = zoo.port_of(server)
clients = [zoo.peer(port) for _ in range(zoo.COUNT)]
zoo.until(lambda: len(zoo.rows(port, zoo.ESTABLISHED)) == zoo.COUNT, "connections in the accept queue")
for client in clients:
    if zoo.VARIANT == "reset":
        client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    client.close()
if zoo.VARIANT == "reset":
    zoo.until(lambda: not zoo.rows(port, zoo.ESTABLISHED) and not zoo.rows(port, zoo.CLOSE_WAIT), "connections reset")
else:
    zoo.until(lambda: zoo.in_close_wait(port, 1), "never accepted sockets in CLOSE_WAIT")
    assert all(inode == 0 for _, inode in zoo.rows(port, zoo.CLOSE_WAIT))
zoo.ready(port)
zoo.hold()
