"""Accepts 97 connections whose peers all close; reads EOF on each, closes 74 of them and forgets 23.

`leaker.py NAME [ADDRESS]`: NAME (hexadecimal bytes) becomes the process's name. Prints one JSON line when all is done:
pid, port, and for each forgotten socket its peer's port and the time (CLOCK_BOOTTIME, microseconds) before and after
the peer closed. Holds the sockets until standard input ends.
"""
import json
import os
import socket
import sys
import time

TOTAL, KEPT = 97, 23


def boottime_us():
    return time.clock_gettime_ns(time.CLOCK_BOOTTIME) // 1000


name = bytes.fromhex(sys.argv[1])
address = sys.argv[2] if len(sys.argv) > 2 else "127.0.0.1"
with open("/proc/self/comm", "wb") as comm:
    comm.write(name)

family = socket.AF_INET6 if ":" in address else socket.AF_INET
server = socket.create_server((address, 0), family=family)
kept, told = [], []
for number in range(TOTAL):
    client = socket.create_connection(server.getsockname()[:2])
    accepted, peer = server.accept()
    before = boottime_us()
    client.close()
    assert accepted.recv(100) == b""
    after = boottime_us()
    if number % 4 == 0 and len(kept) < KEPT:
        kept.append(accepted)
        told.append({"peerPort": peer[1], "fd": accepted.fileno(), "beforeUs": before, "afterUs": after})
    else:
        accepted.close()

print(json.dumps({"pid": os.getpid(), "port": server.getsockname()[1], "kept": told}), flush=True)
sys.stdin.read()
os._exit(0)  # without closing: the kernel does it at exit
