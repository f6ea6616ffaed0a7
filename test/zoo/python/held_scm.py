"""An acceptor passes each connection to a worker over AF_UNIX and closes its own copy, as it should.
Wrong on purpose: the worker reads EOF and does not close. Who holds is not who accepted.

VARIANT `both`: the acceptor forgets its copy as well, so two processes hold each.
"""
import os, socket
import zoo

ours, theirs = socket.socketpair()
server = zoo.listen()
port = zoo.port_of(server)
worker = os.fork()
if worker == 0:
    ours.close()
    server.close()
    taken = []
    for _ in range(zoo.COUNT):
        _, fds, _, _ = socket.recv_fds(theirs, 1, 1)
        taken.append(socket.socket(fileno=fds[0]))
        while taken[-1].recv(4096):
            pass
        # missing here: taken.pop().close()
        theirs.send(b"k")
    zoo.hold()
theirs.close()
kept = []
for accepted, client in zoo.pairs(server):
    client.close()
    socket.send_fds(ours, [b"c"], [accepted.fileno()])
    assert ours.recv(1) == b"k"
    if zoo.VARIANT == "both":
        kept.append(accepted)
    else:
        accepted.close()
zoo.until(lambda: zoo.in_close_wait(port, 0), "CLOSE_WAIT with the EOF consumed")
zoo.ready(port, pid=worker, opener=os.getpid())
zoo.hold()
