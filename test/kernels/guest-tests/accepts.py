"""12 threads blocked in accept(), then 24 connections, and who took which.

Prints a JSON line when all threads are blocked; connects when a line comes on standard input, and prints the accepted
sockets; ends with standard input.
"""
import json
import os
import socket
import sys
import threading

THREADS, CONNECTIONS = 12, 24

listener = socket.create_server(("127.0.0.1", 0), backlog=64)
taken, done = [], threading.Event()


def serve():
    while True:
        accepted, _ = listener.accept()
        taken.append({"sock": accepted, "tid": threading.get_native_id(), "fd": accepted.fileno(),
                      "inode": os.fstat(accepted.fileno()).st_ino})
        if len(taken) == CONNECTIONS:
            done.set()


def is_blocked(tid):
    """In accept() or accept4() (x86-64)."""
    with open(f"/proc/self/task/{tid}/syscall") as file:
        return file.read().split(" ")[0] in ("43", "288")


threads = [threading.Thread(target=serve, daemon=True) for _ in range(THREADS)]
for thread in threads:
    thread.start()
while not all(is_blocked(thread.native_id) for thread in threads):
    os.sched_yield()
port = listener.getsockname()[1]
print(json.dumps({"pid": os.getpid()}), flush=True)
sys.stdin.readline()
clients = [socket.create_connection(("127.0.0.1", port)) for _ in range(CONNECTIONS)]
done.wait()
print(json.dumps([{key: value for key, value in one.items() if key != "sock"} for one in taken]), flush=True)
sys.stdin.read()
os._exit(0)
