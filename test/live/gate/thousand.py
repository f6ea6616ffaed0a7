"""A thousand processes, ten at a time, each with a connection of its own; three of them do not close it."""
import os
import socket
import time

LEAKING = {100, 500, 900}


def work(leaks):
    server = socket.create_server(("127.0.0.1", 0))
    client = socket.create_connection(server.getsockname())
    accepted, _ = server.accept()
    client.close()
    assert accepted.recv(100) == b""
    if leaks:
        time.sleep(1.15)
    else:
        accepted.close()
    os._exit(0)


for number in range(1000):
    if os.fork() == 0:
        work(number in LEAKING)
    if number >= 10:
        os.wait()
for _ in range(10):
    os.wait()
