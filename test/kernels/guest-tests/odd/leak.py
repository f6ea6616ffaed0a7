"""Forgets 23 accepted connections whose peers have closed, of a kind that TCP's own paths do not all see.

`leak.py mptcp|fast-open|ktls`. One JSON line: pid, port, each socket's fd and peer's port, and how many had data in their SYN; or
`cannot`, what the kernel refused. Holds the sockets until standard input ends.
"""
import json
import os
import socket
import struct
import sys

COUNT = 23
TCP_ULP, SOL_TLS, TLS_TX, TLS_RX = 31, 282, 1, 2
TCPI_OPT_SYN_DATA = 32  # data came with the SYN
TLS_1_2, AES_GCM_128 = 0x0303, 51
KIND = sys.argv[1]


def tls(sock, *directions):
    """The same key on both sides and in both directions: nobody is to be kept out here (struct tls12_crypto_info_aes_gcm_128)."""
    sock.setsockopt(socket.IPPROTO_TCP, TCP_ULP, b"tls")
    for direction in directions:
        sock.setsockopt(SOL_TLS, direction, struct.pack("HH36x", TLS_1_2, AES_GCM_128))


def listen():
    server = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_MPTCP if KIND == "mptcp" else 0)
    server.bind(("127.0.0.1", 0))
    if KIND == "fast-open":
        server.setsockopt(socket.IPPROTO_TCP, socket.TCP_FASTOPEN, COUNT)
    server.listen(COUNT)
    return server


def connect(server):
    client = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_MPTCP if KIND == "mptcp" else 0)
    if KIND == "fast-open":
        client.sendto(b"question", socket.MSG_FASTOPEN, server.getsockname())
    else:
        client.connect(server.getsockname())
    return client


def forget(server):
    client = connect(server)
    accepted, peer = server.accept()
    if KIND == "ktls":
        tls(accepted, TLS_TX, TLS_RX), tls(client, TLS_TX, TLS_RX)
    if KIND != "fast-open":
        client.send(b"question")
    assert accepted.recv(100) == b"question"
    client.close()
    assert accepted.recv(100) == b""
    return accepted, peer[1]


try:
    server = listen()
    kept = [forget(server) for _ in range(COUNT)]
except OSError as error:
    print(json.dumps({"cannot": f"{KIND}: {error}"}), flush=True)
    sys.exit(0)
told = [{"fd": accepted.fileno(), "peerPort": port} for accepted, port in kept]
fast = sum(accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 6)[5] & TCPI_OPT_SYN_DATA != 0 for accepted, _ in kept)
print(json.dumps({"pid": os.getpid(), "port": server.getsockname()[1], "kept": told, "fast": fast}), flush=True)
sys.stdin.read()
os._exit(0)
