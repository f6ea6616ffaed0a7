"""When a line comes: 97 connections of its own at once, of which it forgets 23 after their EOF.

Prints a JSON line when it is ready, and then one as leaker.py does: pid, port, and each forgotten socket's fd and peer's port.
Holds the sockets until standard input ends.
"""
import json
import os
import socket
import sys

TOTAL, KEPT = 97, 23
with open("/proc/self/comm", "w") as comm:
    comm.write(sys.argv[1])
server = socket.create_server(("127.0.0.1", 0))
print(json.dumps({"pid": os.getpid()}), flush=True)
sys.stdin.readline()
kept = []
for number in range(TOTAL):
    client = socket.create_connection(server.getsockname())
    accepted, peer = server.accept()
    client.close()
    assert accepted.recv(1) == b""
    if number < KEPT:
        kept.append((accepted, peer[1]))
    else:
        accepted.close()
told = [{"fd": accepted.fileno(), "peerPort": port} for accepted, port in kept]
print(json.dumps({"pid": os.getpid(), "port": server.getsockname()[1], "kept": told}), flush=True)
sys.stdin.read()
os._exit(0)
