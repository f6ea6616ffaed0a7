"""Reads EOF, then shutdown(SHUT_RDWR). Wrong on purpose: it takes that for close(). ss shows none of them; the fds stay."""
import socket
import zoo

server = zoo.listen()
port = zoo.port_of(server)
forgotten = []
for accepted, client in zoo.pairs(server):
    client.close()
    while accepted.recv(4096):
        pass
    accepted.shutdown(socket.SHUT_RDWR)
    forgotten.append(accepted)
zoo.until(lambda: zoo.no_rows(forgotten), "sockets out of the TCP tables")
zoo.ready(port)
zoo.hold()
