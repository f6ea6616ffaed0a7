"""Innocent by now: a child leaked until that was seen, and has exited, so the kernel closed all. The parent held nothing."""
import os
import zoo

server = zoo.listen()
port = zoo.port_of(server)
told, tell = os.pipe()
child = os.fork()
if child == 0:
    os.close(tell)
    leaked = []
    for accepted, client in zoo.pairs(server):
        client.close()
        while accepted.recv(4096):
            pass
        leaked.append(accepted)
    os.read(told, 1)
    os._exit(0)
zoo.until(lambda: zoo.in_close_wait(port, 0), "the child's leak")
os.close(tell)
os.waitpid(child, 0)
zoo.until(lambda: not zoo.rows(port, zoo.CLOSE_WAIT), "sockets closed by the child's exit")
zoo.ready(port, held=0, exited=child)
zoo.hold()
