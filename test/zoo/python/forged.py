"""An ordinary eof-ignored leak under a name that forges ss's text, by VARIANT:

comm      the process is called  a",pid=1,fd=3  which ss prints unescaped inside users:(...)
cgroup    it runs in a cgroup  .../x ino:1 sk:1  which ss prints unescaped after cgroup:
          (a supervisor waits outside of the cgroup and removes it)
"""
import os, signal, time
import zoo


def cgroup2():
    for line in open("/proc/self/mounts"):
        _, folder, kind, options, *_ = line.split()
        if kind == "cgroup2" and "rw" in options.split(","):
            return folder
    zoo.cannot("no writable cgroup2 mount")


def enter(folder):
    """Returns in a child inside the cgroup; the parent stays until it ends, and cleans up."""
    inner = os.path.join(folder, f"zoo-{os.getpid()}", "x ino:1 sk:1")
    try:
        os.makedirs(inner)
    except OSError as error:
        zoo.cannot(f"cannot make a cgroup: {error}")
    child = os.fork()
    if child == 0:
        with open(f"{inner}/cgroup.procs", "w") as procs:
            procs.write("0")
        signal.alarm(60)  # until it is ready: zoo.py's is not inherited
        return inner
    signal.alarm(0)  # whoever started us ends the child's standard input when we end
    os.waitpid(child, 0)
    for _ in range(50):  # the cgroup empties a moment after its last process
        try:
            os.rmdir(inner)
            os.rmdir(os.path.dirname(inner))
            break
        except OSError:
            time.sleep(0.02)
    os._exit(0)


cgroup = enter(cgroup2()) if zoo.VARIANT == "cgroup" else None
if zoo.VARIANT == "comm":
    with open("/proc/self/comm", "w") as comm:
        comm.write('a",pid=1,fd=3')
server = zoo.listen()
port = zoo.port_of(server)
forgotten = []
for accepted, client in zoo.pairs(server):
    client.close()
    while accepted.recv(4096):
        pass
    forgotten.append(accepted)
zoo.until(lambda: zoo.in_close_wait(port, 0), "CLOSE_WAIT")
zoo.ready(port, cgroup=cgroup)
zoo.hold()
