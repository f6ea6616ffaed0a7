"""A file system that fails when it is told to: FOLDER is mounted (FUSE), and holds one file at a time, in memory.

Standard input tells, a line each, and each is answered by "ok":
write     write(2) fails with EIO        sync      only fsync(2) does: what was written since the last one is gone
work      all goes again
It ends with its standard input. Structures: include/uapi/linux/fuse.h (Linux 6.1).
"""
import ctypes, errno, os, select, stat, struct, sys

LOOKUP, FORGET, GETATTR, SETATTR, UNLINK, OPEN, READ, WRITE, STATFS = 1, 2, 3, 4, 10, 14, 15, 16, 17
RELEASE, FSYNC, FLUSH, INIT, CREATE, DESTROY, BATCH_FORGET = 18, 20, 25, 26, 35, 38, 42
ROOT, FILE = 1, 2
SIZE = 1 << 3  # of what setattr sets
MAX_WRITE = 128 * 1024

folder = sys.argv[1]
device = os.open("/dev/fuse", os.O_RDWR)
options = f"fd={device},rootmode=40755,user_id=0,group_id=0".encode()
libc = ctypes.CDLL(None, use_errno=True)
if libc.mount(b"failing-disk", folder.encode(), b"fuse.failing", 0, options) != 0:
    sys.exit(f"cannot mount: {os.strerror(ctypes.get_errno())}")

name, mode, data, synced, fails = None, 0, bytearray(), bytearray(), ""


def attributes(node):
    size, kind = (0, stat.S_IFDIR | 0o755) if node == ROOT else (len(data), stat.S_IFREG | mode)
    return struct.pack("<6Q10I", node, size, 0, 0, 0, 0, 0, 0, 0, kind, 1, 0, 0, 0, 4096, 0)


def entry():
    return struct.pack("<QQQQII", FILE, 0, 0, 0, 0, 0) + attributes(FILE)


def answer(op, node, body):
    """The answer's bytes, or an errno."""
    global name, mode, data, synced
    if op == INIT:
        major, minor = struct.unpack_from("<II", body)
        return struct.pack("<IIIIHHIIHHI7I", 7, min(minor, 31), 0, 0, 0, 0, MAX_WRITE, 1, 0, 0, 0, *[0] * 7)
    if op == LOOKUP:
        return entry() if body[:-1] == name else errno.ENOENT
    if op == GETATTR:
        return struct.pack("<QII", 0, 0, 0) + attributes(node)
    if op == SETATTR:
        valid, _, _, size = struct.unpack_from("<IIQQ", body)
        if valid & SIZE:
            data = data[:size].ljust(size, b"\0")
        return struct.pack("<QII", 0, 0, 0) + attributes(node)
    if op == CREATE:
        _, mode, _, _ = struct.unpack_from("<IIII", body)
        name, mode, data, synced = body[16:-1], mode & 0o777, bytearray(), bytearray()
        return entry() + struct.pack("<QII", 1, 0, 0)
    if op == UNLINK:
        name = None
        return b""
    if op == OPEN:
        return struct.pack("<QII", 1, 0, 0)
    if op == READ:
        _, offset, size = struct.unpack_from("<QQI", body)
        return bytes(data[offset : offset + size])
    if op == WRITE:
        if fails == "write":
            return errno.EIO
        _, offset, size = struct.unpack_from("<QQI", body)
        data[offset : offset + size] = body[40 : 40 + size]
        return struct.pack("<II", size, 0)
    if op == FSYNC:
        if fails == "sync":
            data[len(synced) :] = bytes(len(data) - len(synced))
            return errno.EIO
        synced = bytearray(data)
        return b""
    if op == STATFS:
        return bytes(80)
    return b"" if op in (FLUSH, RELEASE, DESTROY) else errno.ENOSYS


print("mounted", flush=True)
while True:
    ready, _, _ = select.select([device, sys.stdin], [], [])
    if sys.stdin in ready:
        line = sys.stdin.readline()
        if line == "":
            break
        fails = line.strip()
        print("ok", flush=True)
    if device in ready:
        try:
            request = os.read(device, MAX_WRITE + 4096)
        except OSError:
            break
        _, op, unique, node = struct.unpack_from("<IIQQ", request)
        if op in (FORGET, BATCH_FORGET):
            continue
        result = answer(op, node, request[40:])
        error, body = (-result, b"") if isinstance(result, int) else (0, result)
        os.write(device, struct.pack("<IiQ", 16 + len(body), error, unique) + body)
libc.umount2(folder.encode(), 2)
