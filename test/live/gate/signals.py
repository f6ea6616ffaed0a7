"""Prints each signal that it gets, and ends with code 7 at SIGALRM, which it sends itself a while after the first."""
import signal
import sys


def tell(number, _frame):
    print(f"got {signal.Signals(number).name}", flush=True)
    signal.setitimer(signal.ITIMER_REAL, 0.5)


for name in ("SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT", "SIGUSR1", "SIGUSR2", "SIGWINCH"):
    signal.signal(getattr(signal, name), tell)
signal.signal(signal.SIGALRM, lambda *_: sys.exit(7))
print("ready", flush=True)
while True:
    signal.pause()
