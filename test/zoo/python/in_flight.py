"""Wrong on purpose: connections are passed over AF_UNIX to a receiver that never receives, and the sender closed its
copies. They live in the receive queue of a socket: an inode, and no process has it open."""
import os, socket
import zoo

ours, theirs = socket.socketpair()
server = zoo.listen()
port = zoo.port_of(server)
for accepted, client in zoo.pairs(server):
    client.close()
    socket.send_fds(ours, [b"c"], [accepted.fileno()])
    accepted.close()
zoo.until(lambda: zoo.in_close_wait(port, 1), "CLOSE_WAIT in flight")
assert all(inode != 0 for _, inode in zoo.rows(port, zoo.CLOSE_WAIT))
zoo.ready(port)
zoo.hold()
