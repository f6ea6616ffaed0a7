"""Keepalive of 1 + 2 s finds out that the peer's host is gone. Wrong on purpose: the program never looks at the error.

    this namespace: server, veth a  <---->  veth b: a child in a network namespace of its own, with the clients

The child's namespace has no name and goes some time after the child: nothing stays behind for ever, whoever is killed.
The link goes down before the child is killed, so that no FIN and no reset ever arrive. Needs root.
"""
import ctypes, os, signal, socket, subprocess
import zoo

CLONE_NEWNET = 0x40000000
v6 = zoo.ADDRESS == "::1"
pid = os.getpid()
block = pid % 16384 * 4  # a /30 of its own for every process id
v4_block = f"10.{77 + pid // 16384 % 100}.{block // 256}"
near, far = (f"fd7a:6f6f:{pid // 65536:x}:{pid % 65536:x}::{n}" if v6 else f"{v4_block}.{block % 256 + n}" for n in (1, 2))
length = 126 if v6 else 30
link = f"zoo{pid}"


def ip(*words, netns=None):
    into = ["nsenter", f"--net=/proc/{netns}/ns/net"] if netns else []
    done = subprocess.run([*into, "ip", *words], capture_output=True, text=True)
    if done.returncode:
        zoo.cannot(f"ip {' '.join(words)}: {done.stderr.strip()}")


server = zoo.listen("::" if ":" in zoo.ADDRESS else "0.0.0.0")
port = zoo.port_of(server)
to_parent, from_child = os.pipe(), os.pipe()
child = os.fork()
if child == 0:
    if ctypes.CDLL(None, use_errno=True).unshare(CLONE_NEWNET):
        os._exit(1)
    os.write(from_child[1], b"u")
    os.read(to_parent[0], 1)  # the parent has made the link
    clients = [zoo.connect(port, near) for _ in range(zoo.COUNT)]
    zoo.hold()
os.close(from_child[1])
if os.read(from_child[0], 1) != b"u":
    zoo.cannot("unshare(CLONE_NEWNET) refused: needs root")
ip("link", "add", link, "type", "veth", "peer", "name", "far", "netns", str(child))
optional = ["nodad"] if v6 else []
ip("addr", "add", f"{near}/{length}", "dev", link, *optional)
ip("link", "set", link, "up")
ip("addr", "add", f"{far}/{length}", "dev", "far", *optional, netns=child)
ip("link", "set", "far", "up", netns=child)
os.write(to_parent[1], b"g")
forgotten = []
for _ in range(zoo.COUNT):
    accepted = server.accept()[0]
    accepted.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for option, value in ((socket.TCP_KEEPIDLE, 1), (socket.TCP_KEEPINTVL, 1), (socket.TCP_KEEPCNT, 2)):
        accepted.setsockopt(socket.IPPROTO_TCP, option, value)
    forgotten.append(accepted)
ip("link", "set", link, "down")
os.kill(child, signal.SIGKILL)
os.waitpid(child, 0)
zoo.until(lambda: zoo.no_rows(forgotten), "sockets ended by keepalive")
ip("link", "del", link)  # else it stays for the minutes in which the clients' kernel repeats their FIN
zoo.ready(port, peer=far)
zoo.hold()
