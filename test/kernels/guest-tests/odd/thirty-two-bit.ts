/** A 32-bit program: the tracepoints of system calls skip it (kernel/trace/trace_syscalls.c: arch_trace_is_compat_syscall). */
import { join } from "node:path";
import type { Oddity } from "./oddity.ts";

export const thirtyTwoBit: Oddity = {
  name: "a 32-bit process",
  argv: [join(import.meta.dirname, "leak32")],
  comm: "leak32",
  traced: "without-fds",
  listed: "eof-ignored 23",
  why: null,
};
