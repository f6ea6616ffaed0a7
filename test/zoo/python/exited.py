"""Innocent by now: a child leaked for a second and has exited, so the kernel closed all. The parent held nothing."""
import os, time
import zoo

server = zoo.listen()
port = zoo.port_of(server)
child = os.fork()
if child == 0:
    leaked = []
    for accepted, client in zoo.pairs(server):
        client.close()
        while accepted.recv(4096):
            pass
        leaked.append(accepted)
    time.sleep(1)
    os._exit(0)
zoo.until(lambda: zoo.in_close_wait(port, 0), "the child's leak")
os.waitpid(child, 0)
zoo.until(lambda: not zoo.rows(port, zoo.CLOSE_WAIT), "sockets closed by the child's exit")
zoo.ready(port, held=0, exited=child)
zoo.hold()
