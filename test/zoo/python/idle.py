"""Innocents that only hold, by VARIANT: `established` (both ends open, nothing said) and `unconnected`
(50 TCP sockets never connected, beside as many unbound UDP and AF_UNIX ones: fds that look like gone-unclosed)."""
import socket
import zoo

if zoo.VARIANT == "unconnected":
    family = socket.AF_INET6 if ":" in zoo.ADDRESS else socket.AF_INET
    kept = [socket.socket(family, socket.SOCK_STREAM) for _ in range(zoo.COUNT)]
    kept += [socket.socket(family, socket.SOCK_DGRAM) for _ in range(zoo.COUNT)]
    kept += [socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) for _ in range(zoo.COUNT)]
    assert zoo.no_rows(kept)
    zoo.ready(0)
else:
    server = zoo.listen()
    kept = list(zoo.pairs(server))
    zoo.until(lambda: len(zoo.rows(zoo.port_of(server), zoo.ESTABLISHED)) == zoo.COUNT, "ESTABLISHED")
    zoo.ready(zoo.port_of(server))
zoo.hold()
