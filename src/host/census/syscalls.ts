/** System calls that a thread of a server is found waiting in, by number. */

type Call = { readonly name: string /** Its first argument is a file descriptor. */; readonly takesFd: boolean };

const fd = (name: string): Call => ({ name, takesFd: true });
const other = (name: string): Call => ({ name, takesFd: false });

/** arch/x86/entry/syscalls/syscall_64.tbl */
const X64: Readonly<Record<number, Call>> = {
  0: fd("read"),
  1: fd("write"),
  7: other("poll"),
  17: fd("pread64"),
  19: fd("readv"),
  20: fd("writev"),
  23: other("select"),
  34: other("pause"),
  35: other("nanosleep"),
  42: fd("connect"),
  43: fd("accept"),
  44: fd("sendto"),
  45: fd("recvfrom"),
  46: fd("sendmsg"),
  47: fd("recvmsg"),
  61: other("wait4"),
  72: fd("fcntl"),
  73: fd("flock"),
  74: fd("fsync"),
  128: other("rt_sigtimedwait"),
  202: other("futex"),
  230: other("clock_nanosleep"),
  232: fd("epoll_wait"),
  247: other("waitid"),
  270: other("pselect6"),
  271: other("ppoll"),
  275: fd("splice"),
  281: fd("epoll_pwait"),
  288: fd("accept4"),
  299: fd("recvmmsg"),
  426: fd("io_uring_enter"),
  441: fd("epoll_pwait2"),
};

/** include/uapi/asm-generic/unistd.h */
const ARM64: Readonly<Record<number, Call>> = {
  22: fd("epoll_pwait"),
  25: fd("fcntl"),
  32: fd("flock"),
  63: fd("read"),
  64: fd("write"),
  65: fd("readv"),
  66: fd("writev"),
  67: fd("pread64"),
  72: other("pselect6"),
  73: other("ppoll"),
  76: fd("splice"),
  82: fd("fsync"),
  95: other("waitid"),
  98: other("futex"),
  101: other("nanosleep"),
  115: other("clock_nanosleep"),
  137: other("rt_sigtimedwait"),
  202: fd("accept"),
  203: fd("connect"),
  206: fd("sendto"),
  207: fd("recvfrom"),
  211: fd("sendmsg"),
  212: fd("recvmsg"),
  242: fd("accept4"),
  243: fd("recvmmsg"),
  260: other("wait4"),
  426: fd("io_uring_enter"),
  441: fd("epoll_pwait2"),
};

export type InSyscall = { readonly name: string; readonly fd: number | null };

/** /proc/PID/task/TID/syscall: "0 0x7 0x7ffc… …", "running", "-1 0x… 0x…" (stopped outside a call). */
export function parseSyscall(text: string, arch: string): InSyscall | null {
  const found = /^(\d+) (0x[0-9a-f]+) /.exec(text);
  if (found === null) return null;
  const number = Number(found[1]);
  const call = (arch === "x64" ? X64 : arch === "arm64" ? ARM64 : {})[number];
  if (call === undefined) return { name: `syscall ${number}`, fd: null };
  // An int in a 64-bit register: the upper half may hold anything.
  const argument = Number(BigInt(found[2] ?? "0") & 0xffff_ffffn);
  return { name: call.name, fd: call.takesFd && argument < 0x8000_0000 ? argument : null };
}
