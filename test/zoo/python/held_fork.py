"""One child per connection. Wrong on purpose: the parent never closes its own copy (VARIANT `parent`).

VARIANT `sibling`: the parent does close; a helper forked meanwhile inherited all connections and never lets go.
Children end with the parent: they wait for the same standard input.
"""
import os
import zoo

server = zoo.listen()
port = zoo.port_of(server)
kept = [accepted for accepted, client in zoo.pairs(server) if client.close() is None]


def helper():
    server.close()
    zoo.hold()


def worker(connection):
    while connection.recv(4096):
        pass
    connection.close()
    os._exit(0)


children = []
if zoo.VARIANT == "sibling":
    children.append(os.fork())
    if children[0] == 0:
        helper()
    for connection in kept:
        while connection.recv(4096):
            pass
        connection.close()  # right, and does nothing: the helper holds it too
else:
    for connection in kept:
        pid = os.fork()
        if pid == 0:
            worker(connection)
        os.waitpid(pid, 0)
        # missing here: connection.close()
zoo.until(lambda: zoo.in_close_wait(port, 0), "CLOSE_WAIT with the EOF consumed")
holder = children[0] if children else os.getpid()
zoo.ready(port, pid=holder, opener=os.getpid())
zoo.hold()
