"""Commands for the gate: `leaks.py KIND WAY [HOLD_S [COUNT]]`. What leaks is held for HOLD_S after its peer has closed.

KIND  eof-ignored, eof-unread, gone-unclosed (reset), never-accepted, connect (eof-unread on the connecting side),
      and what is none: established, unconnected, closed-late, half-closed
WAY   here, grandchild (two forks, each awaited), daemon (two forks and a session of its own, nobody waits),
      threads (one for each), exec (a fork that executes this again), stays (a daemon that never ends; its pid is printed),
      slowly (here, one after the other: the kernel's queue is empty each time)
"""
import os
import signal
import socket
import struct
import sys
import threading
import time

kept = []


def pair(server):
    client = socket.create_connection(server.getsockname())
    return client, server.accept()[0]


def reset(sock):
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    sock.close()


def leak(kind):
    """Makes one, and keeps all that it must."""
    if kind == "unconnected":
        kept.append(socket.socket())
        return
    server = socket.create_server(("127.0.0.1", 0))
    if kind == "never-accepted":
        client = socket.create_connection(server.getsockname())
        client.close()
        kept.append(server)
        return
    client, accepted = pair(server)
    server.close()
    if kind == "connect":
        accepted.close()
        kept.append(client)
    elif kind == "established":
        kept.extend([client, accepted])
    elif kind == "half-closed":
        client.shutdown(socket.SHUT_WR)
        kept.extend([client, accepted])
    elif kind == "gone-unclosed":
        reset(client)
        kept.append(accepted)
    else:
        client.close()
        if kind != "eof-unread":
            assert accepted.recv(100) == b""
        kept.append(accepted)


def run(kind, hold_s, count):
    for _ in range(count):
        leak(kind)
    time.sleep(hold_s)
    if kind == "closed-late":
        for sock in kept:
            sock.close()
        time.sleep(0.2)
    os._exit(0)


def fork(child):
    pid = os.fork()
    if pid == 0:
        child()
        os._exit(0)
    return pid


def daemon(work):
    def middle():
        os.setsid()
        fork(work)

    os.waitpid(fork(middle), 0)


def main(kind, way, hold_s="1.15", count="3"):
    hold_s, count = float(hold_s), int(count)

    def work():
        run(kind, hold_s, count)

    if way == "here":
        work()
    elif way == "slowly":
        for _ in range(count):
            leak(kind)
            time.sleep(0.15)
        os._exit(0)
    elif way == "grandchild":
        os.waitpid(fork(lambda: os.waitpid(fork(work), 0)), 0)
    elif way == "daemon":
        daemon(work)
    elif way == "exec":
        os.waitpid(fork(lambda: os.execv(sys.executable, [sys.executable, __file__, kind, "here", str(hold_s), str(count)])), 0)
    elif way == "stays":
        def stay():
            print(os.getpid(), flush=True)
            for fd in (0, 1, 2):  # whoever reads the command's output need not wait for us
                os.close(fd)
            for _ in range(count):
                leak(kind)
            signal.pause()

        daemon(stay)
    elif way == "threads":
        threads = [threading.Thread(target=leak, args=(kind,)) for _ in range(count)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        time.sleep(hold_s)
        os._exit(0)
    else:
        raise SystemExit(f"no such way: {way}")


main(*sys.argv[1:])
