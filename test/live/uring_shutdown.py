"""Shuts the write half of an accepted connection down through io_uring, and keeps it: uring_shutdown.py.
Prints one JSON line (pid, port); closes by ending, when standard input ends. Raw system calls: Python knows no io_uring."""
import ctypes
import json
import mmap
import os
import socket
import struct
import sys

SETUP, ENTER, GETEVENTS, OP_SHUTDOWN = 425, 426, 1, 34
OFF_SQ_RING, OFF_CQ_RING, OFF_SQES = 0, 0x8000000, 0x10000000
libc = ctypes.CDLL(None, use_errno=True)


def syscall(*args):
    result = libc.syscall(*args)
    if result < 0:
        raise OSError(ctypes.get_errno(), "io_uring")
    return result


def shutdown(fd, how):
    params = ctypes.create_string_buffer(120)
    ring = syscall(SETUP, 1, params)
    sq_array, cq_cqes = struct.unpack_from("I", params, 40 + 24)[0], struct.unpack_from("I", params, 80 + 20)[0]
    sq_tail, cq_tail = struct.unpack_from("I", params, 40 + 4)[0], struct.unpack_from("I", params, 80 + 4)[0]
    submissions = mmap.mmap(ring, 4096, offset=OFF_SQ_RING)
    completions = mmap.mmap(ring, 4096, offset=OFF_CQ_RING)
    entries = mmap.mmap(ring, 4096, offset=OFF_SQES)
    struct.pack_into("=BBHiQQI", entries, 0, OP_SHUTDOWN, 0, 0, fd, 0, 0, how)
    struct.pack_into("I", submissions, sq_array, 0)
    struct.pack_into("I", submissions, sq_tail, 1)
    syscall(ENTER, ring, 1, 1, GETEVENTS, None, 0)
    assert struct.unpack_from("I", completions, cq_tail)[0] == 1
    assert struct.unpack_from("=Qi", completions, cq_cqes)[1] == 0, "the shutdown failed"


server = socket.create_server(("127.0.0.1", 0))
port = server.getsockname()[1]
client = socket.create_connection(("127.0.0.1", port))
accepted, _ = server.accept()
shutdown(accepted.fileno(), socket.SHUT_WR)
print(json.dumps({"pid": os.getpid(), "port": port}), flush=True)
sys.stdin.read()
