"""Opens 97 connections, leaves 41 of them in four ways, closes the others; says which, and when the peer was done; lets go of all on a line."""
import json, socket, struct, sys, time

family, address = (socket.AF_INET6, "::1") if sys.argv[1:] == ["::1"] else (socket.AF_INET, "127.0.0.1")
listener = socket.socket(family)
listener.bind((address, 0))
listener.listen(128)
kept, held = [], []


def now_us():
    return time.clock_gettime_ns(time.CLOCK_BOOTTIME) // 1000


def pair():
    client = socket.socket(family)
    client.connect(listener.getsockname()[:2])
    return client, listener.accept()[0]


def keep(how, of, peer_ends):
    """`of` is held; what `peer_ends` does makes it a suspect."""
    ends = {"how": how, "fd": of.fileno(), "local": of.getsockname()[1], "remote": of.getpeername()[1]}
    before = now_us()
    peer_ends()
    kept.append(ends | {"beforeUs": before, "afterUs": now_us()})
    held.append(of)


def reset(client):
    client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    client.close()


def shut(server, client):
    server.shutdown(socket.SHUT_RDWR)
    client.close()


for _ in range(23):
    client, server = pair()
    keep("CLOSE_WAIT", server, client.close)
for _ in range(7):
    client, server = pair()
    keep("CLOSE", server, lambda: reset(client))
for _ in range(6):
    client, server = pair()
    keep("CLOSE", server, lambda: shut(server, client))
for _ in range(5):
    client, server = pair()
    keep("CLOSE_WAIT", client, server.close)
for _ in range(56):
    client, server = pair()
    client.close()
    server.close()

print(json.dumps({"pid": __import__("os").getpid(), "kept": kept}), flush=True)
sys.stdin.readline()
for one in held:
    one.close()
print(json.dumps({"closedUs": now_us()}), flush=True)
sys.stdin.read()
