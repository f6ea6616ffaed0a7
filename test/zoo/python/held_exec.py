"""Accepted sockets without CLOEXEC, then a helper is executed (`cat`, until standard input ends): it inherits them all.
The server closes properly at EOF. Wrong on purpose: the missing O_CLOEXEC; `cat` holds what it does not know of.

VARIANT `both`: the server has not closed either, so two executables hold each socket.
"""
import os
import zoo

server = zoo.listen()
port = zoo.port_of(server)
kept = []
for accepted, client in zoo.pairs(server):
    client.close()
    os.set_inheritable(accepted.fileno(), True)
    kept.append(accepted)
helper = os.fork()
if helper == 0:
    os.dup2(2, 1)  # our one line on stdout is all a reader expects there
    os.execvp("cat", ["cat"])
for accepted in kept:
    while accepted.recv(4096):
        pass
    if zoo.VARIANT != "both":
        accepted.close()
zoo.until(lambda: zoo.in_close_wait(port, 0), "CLOSE_WAIT with the EOF consumed")
zoo.until(lambda: open(f"/proc/{helper}/comm").read() == "cat\n", "the helper's exec")
zoo.ready(port, pid=helper, opener=os.getpid())
zoo.hold()
