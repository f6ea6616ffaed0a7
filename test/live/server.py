"""Serves both ends of connections on loopback, as told on standard input, one JSON answer a line; ends when it ends.

  leak N        N connections: accepted, EOF read, kept
  churn         begins to open and close connections some hundred times a second
  rest          ends the churn: all that it opened is closed
"""
import json
import os
import socket
import sys
import threading
import time

PAUSE_S = 0.002  # some hundred connections a second

listener = socket.create_server(("127.0.0.1", 0))
address = listener.getsockname()
kept = []
churning = threading.Event()
counted = [0]


def connection():
    client = socket.create_connection(address)
    accepted, _ = listener.accept()
    client.close()
    assert accepted.recv(1) == b""
    return accepted


def churn():
    while churning.is_set():
        connection().close()
        counted[0] += 1
        time.sleep(PAUSE_S)


def answer(**what):
    print(json.dumps(what), flush=True)


answer(pid=os.getpid(), port=address[1])
worker = None
for line in sys.stdin:
    verb, *rest = line.split()
    if verb == "leak":
        kept.extend(connection() for _ in range(int(rest[0])))
        answer(kept=len(kept))
    elif verb == "churn":
        churning.set()
        worker = threading.Thread(target=churn)
        worker.start()
        answer(churning=True)
    elif verb == "rest":
        churning.clear()
        worker.join()
        answer(churned=counted[0])
os._exit(0)
