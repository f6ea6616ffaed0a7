/** The processes that were seen, as they were when they lived. */
import { readlink } from "node:fs/promises";
import { forgetOldest } from "../model/forget-oldest.ts";
import { Process } from "./process.ts";
import { readSnapshot, readStartTicks, type Snapshot } from "./snapshot.ts";
import type { RawStack } from "./stack.ts";

const PROCESSES_MAX = 256;
/** Between two looks at a process: whether it is still the same, and what it has mapped since. */
const AGAIN_MS = 1_000;
/** So often it is looked at again at once, for words that lie outside what it had mapped; garbage does, too. */
const AT_ONCE_MAX = 20;
const DELETED = / \(deleted\)$/;

type Known = { readonly process: Process; checkedMs: number; atOnce: number };

export class Processes {
  readonly #known = new Map<number, Known>();

  /** What was mapped first is what the first stacks ran through; another program behind the same number is another one. */
  see(snapshot: Snapshot): void {
    const known = this.#known.get(snapshot.pid)?.process.snapshot;
    if (known?.startTicks !== snapshot.startTicks || known.exe !== snapshot.exe) this.#keep(snapshot);
  }

  /** As it was seen; looked at again where its number belongs to another one now, or it has mapped more since. */
  async of({ pid, ip, near, chain }: RawStack): Promise<Process> {
    const known = this.#known.get(pid);
    if (known === undefined) return this.#keep((await readSnapshot(pid)) ?? nothingOf(pid));
    const isOld = performance.now() - known.checkedMs > AGAIN_MS;
    const isOutside = (word: string) => !known.process.mappingAt(Number.parseInt(word, 16));
    // Words of the chain are garbage so often that they are worth less.
    const isNew = [ip, ...near].some(isOutside) || (isOld && chain.some(isOutside));
    if (!isOld && (!isNew || known.atOnce === AT_ONCE_MAX)) return known.process;
    known.checkedMs = performance.now();
    const again = isNew || (await isAnother(known.process.snapshot)) ? await readSnapshot(pid) : null;
    return again === null ? known.process : this.#keep(again, isOld ? 0 : known.atOnce + 1);
  }

  #keep(snapshot: Snapshot, atOnce = 0): Process {
    const process = new Process(snapshot);
    this.#known.delete(snapshot.pid);
    this.#known.set(snapshot.pid, { process, checkedMs: performance.now(), atOnce });
    forgetOldest(this.#known, PROCESSES_MAX);
    return process;
  }
}

/** A number that is used again, or another program in the same process. What has ended is still itself. */
async function isAnother({ pid, base, startTicks, exe }: Snapshot): Promise<boolean> {
  const [ticks, program] = await Promise.all([
    readStartTicks(pid).catch(() => startTicks),
    readlink(`${base}/exe`).catch(() => exe),
  ]);
  return ticks !== startTicks || program.replace(DELETED, "") !== exe.replace(DELETED, "");
}

function nothingOf(pid: number): Snapshot {
  return {
    pid,
    base: `/proc/${pid}`,
    startTicks: -1,
    uid: -1,
    gid: -1,
    ownPid: pid,
    exe: "",
    sharesMounts: false,
    mappings: [],
    identities: new Map(),
  };
}
