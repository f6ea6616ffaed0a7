"""A client that never closes what its servers closed. Wrong on purpose: it reads EOF and only forgets the socket.

VARIANT `growing` (default): one server, 23 at first, then one more each 250 ms (a plateau would look like a pool).
VARIANT `many`: 23 servers, one connection each, as a crawler would.
"""
import zoo

MAXIMUM = 5000
servers = [zoo.listen() for _ in range(zoo.COUNT if zoo.VARIANT == "many" else 1)]
port = zoo.port_of(servers[0])
forgotten = []


def leak(server):
    client = zoo.connect(zoo.port_of(server))
    server.accept()[0].close()
    while client.recv(4096):
        pass
    forgotten.append(client)  # missing here: client.close()


for number in range(zoo.COUNT):
    leak(servers[number % len(servers)])
for server in servers:
    count = zoo.COUNT // len(servers)
    zoo.until(lambda: zoo.in_close_wait(zoo.port_of(server), 0, count, "remote"), "CLOSE_WAIT on the connect side")
zoo.ready(port, side="connect", ports=[zoo.port_of(server) for server in servers])
while zoo.VARIANT != "many" and not zoo.ended(0.25):
    if len(forgotten) < MAXIMUM:
        leak(servers[0])
if zoo.VARIANT == "many":
    zoo.hold()
