"""Accepts, and wrong on purpose is what it does about EOF, by VARIANT:

ignored    reads until read returns nothing, and does not close (eof-ignored)
unread     keeps the connections in a list that nobody looks at (eof-unread: not in any epoll)
data       the same, with five bytes nobody read before the FIN
peek       looks at EOF with MSG_PEEK, which leaves it in the queue
"""
import socket
import zoo

zoo.VARIANT = zoo.VARIANT or "ignored"
server = zoo.listen()
port = zoo.port_of(server)
forgotten = []
for accepted, client in zoo.pairs(server):
    if zoo.VARIANT == "data":
        client.sendall(b"hello")
    client.close()
    forgotten.append(accepted)
    if zoo.VARIANT == "ignored":
        while accepted.recv(4096):
            pass
        # missing here: accepted.close()
    if zoo.VARIANT == "peek":
        assert accepted.recv(1, socket.MSG_PEEK) == b""
zoo.until(lambda: zoo.in_close_wait(port, {"ignored": 0, "data": 6}.get(zoo.VARIANT, 1)), "CLOSE_WAIT")
zoo.ready(port)
zoo.hold()
