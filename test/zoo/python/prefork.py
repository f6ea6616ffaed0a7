"""Innocent: four pre-forked workers share the listener and pass the connections round among them.

The parent accepts, hands each connection to all workers (SCM_RIGHTS) and keeps its own: five processes of one executable
hold each socket on purpose, ESTABLISHED. The clients stay.
"""
import os, socket
import zoo

WORKERS = 4
server = zoo.listen()
port = zoo.port_of(server)
channels = []
for _ in range(WORKERS):
    ours, theirs = socket.socketpair()
    if os.fork() == 0:
        taken = []
        for _ in range(zoo.COUNT):
            taken.extend(socket.recv_fds(theirs, 1, 1)[1])
            theirs.send(b"k")
        zoo.hold()
    theirs.close()
    channels.append(ours)
client_process = os.fork()
if client_process == 0:
    server.close()
    clients = [zoo.peer(port) for _ in range(zoo.COUNT)]
    zoo.hold()
shared = []
for _ in range(zoo.COUNT):
    shared.append(server.accept()[0])
    for channel in channels:
        socket.send_fds(channel, [b"c"], [shared[-1].fileno()])
        assert channel.recv(1) == b"k"
zoo.until(lambda: len(zoo.rows(port, zoo.ESTABLISHED)) == zoo.COUNT, "ESTABLISHED")
zoo.ready(port)
zoo.hold()
