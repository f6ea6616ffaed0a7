/**
 * libc's functions that make a system call each. On one stack there is one of them: that of the call which is being made. Another's
 * word is left over from an earlier call; since glibc 2.41 (sysdeps/unix/sysv/linux/sysdep-cancel.h, __syscall_cancel) all of
 * them make it through the same functions below, so that what is left over would look like a caller.
 */
import type { Did } from "../model/site.ts";

const CALLS: readonly (readonly [Did | "another", readonly string[]])[] = [
  ["accept", ["accept", "accept4"]],
  ["connect", ["connect"]],
  ["close", ["close"]],
  ["read", ["read", "readv", "recv", "recvfrom", "recvmsg", "recvmmsg"]],
  ["write", ["write", "writev", "send", "sendto", "sendmsg", "sendmmsg"]],
  ["another", ["open", "open64", "openat", "openat64", "fcntl", "fcntl64", "poll", "ppoll", "select", "pselect"]],
  [
    "another",
    ["epoll_wait", "epoll_pwait", "epoll_pwait2", "clock_nanosleep", "fsync", "wait4", "waitid", "pread64", "pwrite64"],
  ],
];
const CALL_OF = new Map(CALLS.flatMap(([call, names]) => names.map((name) => [name, call] as const)));
/** __close, __close_nocancel, __libc_accept, __GI___connect: how glibc names them for itself. */
const OWN = /^_*(?:libc_|GI_+)?(.+?)(?:_nocancel)?$/;

/** Whether a function of libc with these names makes another system call than `did`; of an unknown one that is not known. */
export function makesAnother(names: readonly string[], did: Did | undefined): boolean {
  if (did === undefined) return false;
  const calls = names.flatMap((name) => CALL_OF.get(OWN.exec(name)?.[1] ?? name) ?? []);
  return calls.length > 0 && !calls.includes(did);
}
