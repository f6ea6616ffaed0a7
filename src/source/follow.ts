/**
 * The processes that sockleak starts next, and all that come of them, are followed in the kernel: which process is a descendant
 * is decided when it is born, in its parent's own context, so that none is too short-lived, and none gets away by setsid or by
 * its parent's exit.
 *
 *   sockleak ──fork──→ CMD ──fork──→ …      @follow: 2 for sockleak until its first child is there, 1 for what is followed
 *
 * A socket is theirs (@mine: 1; 2 once it has been seen to come into CLOSE_WAIT) when one of them connects or accepts it, or when it
 * comes to a port on which one of them listens (@door): such a one waits in a queue, and nobody has taken it yet. Written into lean
 * scripts (probe-filter.ts).
 *
 * task:task_newtask (Linux 3.4) runs in the parent, before the child does, and knows threads by CLONE_THREAD; pids are the host's.
 * sched:sched_process_exit runs before the last thread's files are closed: what may be forgotten then is at sched_process_free.
 * No interrupt starts or ends a process: of these programs none is ever skipped (facts: recursion).
 *
 * Prints, besides what the script does (probes/lean-tracepoint.bt):
 *   listens  cpu ns pid netns port     a followed process begins to listen
 *   exits    cpu ns pid final          a followed process ends; final: ns since when its runtime takes down its world, 0: not seen,
 *            negative: since when it has been closing what it told of as unclosed, the last 50 ms at most
 *            and each 100 ms @begun and @ended, of followed processes; @blind: sockets in CLOSE_WAIT that an exit released, and
 *            whose move into it was skipped (recursion_misses): nobody knows how old they were
 * Misses   a socket that was given to a followed process by another (SCM_RIGHTS, inheritance), and what waits in the queue of a
 *          listener that was; a skipped reset (to CLOSE) of a socket that an exit releases: it looks closed
 * Costs    two lines a process, a map operation a process and some four a connection
 */
import { NEW_PATHS } from "./sites.ts";

const MINE = "@mine[(int64)$sk]";
/**
 * Openings whose code path is walked, a second. All of them walked, a suite of 3,800 connections a second ran at 0.60 (0.55–0.66) of its
 * rate, none of them at 0.90 (0.90–1.1): npm run bench -- gate, 2 cores, bpftrace 0.17. So few are a twentieth of that.
 */
const WALKS = 200;

/** Between two closes in a row, and from the last to the exit (gate/watch.ts, LAST_MOMENTS_US). */
const SWEEP_NS = 50_000_000;
/** From asking for a socket's peer to closing it: 50 µs; a hundred times that in an emulated guest. */
const NAMED_NS = 5_000_000;

/** Types by the first use. The heartbeat is the first line that is read when all probes are attached: nobody waits a second for it. */
export const BEGIN_LINES = [
  "@mine[(int64)0] = (int64)0;",
  "@follow[(int64)0] = (int64)0;",
  "@final[(int64)0] = (int64)0;",
  "@named[(int64)0] = ((int64)0, (int64)0);", // by process: fd whose peer it asked for, when
  "@swept[(int64)0] = ((int64)0, (int64)0);", // by process: ns of the first of such closes in a row, of the last
  "@door[(int64)0, (int64)0] = (int64)0;",
  "@follow[(int64)curtask->real_parent->tgid] = (int64)2;",
  `@budget = (int64)${WALKS};`,
  // Sites, too, from the first heartbeat on, which is here.
  `@room = (int64)${NEW_PATHS};`,
  'print(("beat", (int64)cpu, (int64)nsecs));',
] as const;

/** Behind whatever else decides about a move: who listens, and whose a birth is. */
export const MOVE_LINES = [
  "if (args->oldstate == 7 && args->newstate == 10 && @follow[(int64)curtask->tgid] == 1) {",
  "  $place = (struct net *)$sk->__sk_common.skc_net.net;",
  "  @door[(int64)$place->ns.inum & 0xffffffff, (int64)args->sport & 0xffff] = (int64)1;",
  '  print(("listens", (int64)cpu, (int64)nsecs, (int64)curtask->tgid, (int64)$place->ns.inum & 0xffffffff, (int64)args->sport & 0xffff));',
  "}",
  "if ((args->oldstate == 7 && args->newstate == 2) || (args->oldstate == 10 && args->newstate == 3)) {",
  `  if (${MINE} != 0) { delete(${MINE}); }`,
  "  if (args->newstate == 2) {",
  `    if (@follow[(int64)curtask->tgid] == 1) { ${MINE} = (int64)1; }`,
  "  } else {",
  "    $place = (struct net *)$sk->__sk_common.skc_net.net;",
  `    if (@door[(int64)$place->ns.inum & 0xffffffff, (int64)args->sport & 0xffff] != 0) { ${MINE} = (int64)1; }`,
  "  }",
  "}",
  `if (${MINE} == 0) { return; }`,
  // Nobody knows since when: the move into CLOSE_WAIT was skipped. A process's own program is never skipped.
  `if (args->oldstate == 8 && ${MINE} == 1 && ((int64)curtask->flags & 4) != 0) { @blind = count(); }`,
] as const;

/** Whoever takes it has it: one of ours, or not. `born`: it is not in the books yet. */
export function acceptLines(born: string): readonly string[] {
  return [
    `if (@follow[(int64)curtask->tgid] == 1) {`,
    `  if (${MINE} == 0) { ${MINE} = (int64)1; ${born} }`,
    `} else if (${MINE} != 0) { delete(${MINE}); }`,
    `if (${MINE} == 0) { return; }`,
  ];
}

export const ACTOR_LINES = ["if (@follow[(int64)curtask->tgid] != 1) { return; }"] as const;
/** Before a walk (probes/sites.bt, which counts those that are not made). */
export const WALK_LINES = ["if (@budget <= 0) { @unsited = count(); return; }", "@budget = @budget - 1;"] as const;
export const SOCKET_LINES = [
  `if (${MINE} == 0) { return; }`,
  `if (args->newstate == 8) { ${MINE} = (int64)2; }`,
] as const;
export const END_LINES = [`if (${MINE} == 0) { return; }`, `delete(${MINE});`] as const;

/** CLONE_THREAD is 0x10000 (include/uapi/linux/sched.h). @alive tells, ten times a second, how many have begun and ended. */
export const PROBES = `
// Followed: what a followed process forks, and the first that sockleak does.
tracepoint:task:task_newtask
/(args->clone_flags & 0x10000) == 0/
{
  $child = (int64)args->pid;
  $parent = @follow[(int64)curtask->tgid];
  if ($parent != 0) {
    @follow[$child] = (int64)1;
    if (@follow[$child] == 1) { @begun = count(); } else { @full = count(); }
    if ($parent == 2) { delete(@follow[(int64)curtask->tgid]); }
  } else if (@follow[$child] != 0) { delete(@follow[$child]); }
}

tracepoint:sched:sched_process_exit
/@follow[(int64)curtask->tgid] == 1 && curtask->signal->live.counter == 0/
{
  @ended = count();
  $now = (int64)nsecs;
  $tgid = (int64)curtask->tgid;
  $final = @final[$tgid];
  if ($final == 0 && (curtask->exit_code & 0x7f) == 0 && $now - @swept[$tgid].1 < ${SWEEP_NS}) {
    $final = $now - ${SWEEP_NS};
    if (@swept[$tgid].0 > $final) { $final = @swept[$tgid].0; }
    $final = 0 - $final;
  }
  print(("exits", (int64)cpu, $now, $tgid, $final));
}

// CPython gives SIGINT back its default when it begins to take its world down, and then closes what nobody has closed
// (Py_FinalizeEx, Python/pylifecycle.c: _PySignal_Fini before finalize_modules).
tracepoint:syscalls:sys_enter_rt_sigaction
/args->sig == 2 && (uint64)args->act != 0 && @follow[(int64)curtask->tgid] == 1/
{
  if (*(uint64 *)uptr((uint64)args->act) == 0) { @final[(int64)curtask->tgid] = (int64)nsecs; }
  else if (@final[(int64)curtask->tgid] != 0) { delete(@final[(int64)curtask->tgid]); }
}
// Where SIGINT was ignored (a job that a shell has put in the background) it does not. But it tells, to whoever wants to hear, each
// socket that it finds unclosed by its two addresses, and closes it then (sock_finalize, Modules/socketmodule.c; no close() of a program
// does that): done until the exit, that was the exit's work.
tracepoint:syscalls:sys_enter_getpeername
/@follow[(int64)curtask->tgid] == 1/
{
  @named[(int64)curtask->tgid] = ((int64)args->fd, (int64)nsecs);
}
tracepoint:syscalls:sys_enter_close
/@follow[(int64)curtask->tgid] == 1 && @named[(int64)curtask->tgid].1 != 0/
{
  $tgid = (int64)curtask->tgid;
  $now = (int64)nsecs;
  if (@named[$tgid].0 == (int64)args->fd && $now - @named[$tgid].1 < ${NAMED_NS}) {
    if ($now - @swept[$tgid].1 > ${SWEEP_NS}) { @swept[$tgid] = ($now, $now); } else { @swept[$tgid] = (@swept[$tgid].0, $now); }
  }
  delete(@named[$tgid]);
}
tracepoint:sched:sched_process_exec
/@final[(int64)curtask->tgid] != 0/
{
  delete(@final[(int64)curtask->tgid]);
}

// Nothing of it runs any more.
tracepoint:sched:sched_process_free
/@follow[(int64)args->pid] == 1/
{
  delete(@follow[(int64)args->pid]);
  if (@final[(int64)args->pid] != 0) { delete(@final[(int64)args->pid]); }
  if (@named[(int64)args->pid].1 != 0) { delete(@named[(int64)args->pid]); }
  if (@swept[(int64)args->pid].1 != 0) { delete(@swept[(int64)args->pid]); }
}

interval:s:1 { @budget = (int64)${WALKS}; }

interval:ms:100
{
  print(@ended);
  print(@begun);
  print(@blind);
}
`;

/** At the beginning of END: what is left in a map would be printed. */
export const CLEAR_LINES = [
  "clear(@mine);",
  "clear(@follow);",
  "clear(@door);",
  "clear(@final);",
  "clear(@named);",
  "clear(@swept);",
  "clear(@budget);",
  "clear(@room);",
] as const;
