/**
 * What a Java machine prints of its threads (HotSpot, Threads::print_on; jcmd PID Thread.print):
 *
 *   "main" #1 prio=5 os_prio=0 cpu=79.12ms elapsed=4.60s tid=0x00007f3ae4017dc0 nid=0x55b6 runnable  [0x00007f3ae95de000]
 *      java.lang.Thread.State: RUNNABLE
 *           at sun.nio.ch.Net.accept(java.base@17.0.15/Native Method)
 *           at Waits.main(Waits.java:28)
 *
 * nid is the thread's number as its own pid namespace counts: hexadecimal up to JDK 18, decimal since. A name may hold anything; who
 * forges a thread by it forges one of its own.
 */
import { cut, type Frame } from "../stack.ts";

export type DumpedThread = { readonly name: string; readonly frames: readonly Frame[] };

const HEAD = /^"(.*)" .*\bnid=(0x[0-9a-f]{1,8}|\d{1,10})\b/;
const FRAME = /^\s+at ([^()\s]+)\((?:[\w.@+-]+\/)?([^()]*)\)$/;
const PLACE = /^(.+):(\d{1,9})$/;
/** Of a thread: a deep recursion has a thousand. */
const FRAMES_MAX = 40;
const THREADS_MAX = 10_000;

/** By nid. */
export function parseThreads(dump: string): ReadonlyMap<number, DumpedThread> {
  const threads = new Map<number, { name: string; frames: Frame[] }>();
  let frames: Frame[] = [];
  for (const line of dump.split("\n")) {
    const head = HEAD.exec(line);
    if (head !== null) {
      frames = [];
      if (threads.size < THREADS_MAX) threads.set(Number(head[2]), { name: cut(head[1] ?? ""), frames });
    } else if (frames.length < FRAMES_MAX) {
      frames.push(...frameOf(line));
    }
  }
  return threads;
}

/** None for a line that tells none. */
function frameOf(text: string): readonly Frame[] {
  const [, name, where = ""] = FRAME.exec(text) ?? [];
  if (name === undefined) return [];
  const [, file = null, line = null] = PLACE.exec(where) ?? [];
  const place = { file: file === null ? null : cut(file), line: line === null ? null : Number(line) };
  return [{ address: "0", function: cut(name), ...place, object: null, offset: null }];
}
