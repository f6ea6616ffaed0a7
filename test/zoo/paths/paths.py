"""As paths.c, of which it has the fetches: 17 are closed, 23 forgotten. A server accepts them all in one loop and hangs up.
Somebody keeps what is forgotten, or it would be closed. Run it with -X perf."""
import json
import os
import socket
import sys
import threading

listener = socket.create_server(("127.0.0.1", 0), backlog=64)
forgotten = []


def dial():
    return socket.create_connection(listener.getsockname())


def told_end(sock):
    while sock.recv(10):
        pass


def fetch_closed():
    sock = dial()
    told_end(sock)
    sock.close()


def fetch_forgotten():
    sock = dial()
    told_end(sock)
    forgotten.append(sock)


def accept_loop():
    while True:
        sock, _ = listener.accept()
        sock.send(b"c")
        sock.close()


def main():
    threading.Thread(target=accept_loop, daemon=True).start()
    for turn in range(23):
        if turn < 17:
            fetch_closed()
        fetch_forgotten()
    print(json.dumps({"ready": True, "pid": os.getpid(), "port": listener.getsockname()[1], "held": 23}), flush=True)
    sys.stdin.read(1)


main()
