/** Names of code that a runtime made, from the map that it writes; a Java machine is told to write one, where that is wanted. */

import type { StandingThread } from "../../model/site.ts";
import type { Place } from "../locate.ts";
import { hasFile } from "../maps.ts";
import type { Process } from "../process.ts";
import { javaNotes, nativeNotes } from "./java-stack.ts";
import { readThreads, writePerfMap } from "./jcmd.ts";
import { isTrampoline } from "./names.ts";
import { SWITCHES } from "./runtime.ts";
import type { DumpedThread } from "./thread-dump.ts";
import { standingOf } from "./threads.ts";

/** Between two orders to the same machine. */
const AGAIN_MS = 30_000;

export type MadeNames = {
  readonly names: ReadonlyMap<Place, string>;
  readonly notes: readonly string[];
  readonly standing: readonly StandingThread[];
};

type Asked = { readonly places: readonly Place[]; readonly tids: readonly number[] };
type Order = { orderedMs: number; refusal: string | null };
type Dump = { readonly askedMs: number; readonly threads: ReturnType<typeof readThreads> };

export class MadeCode {
  readonly #jit: boolean;
  readonly #orders = new WeakMap<Process, Order>();
  readonly #dumps = new WeakMap<Process, Dump>();

  constructor(jit: boolean) {
    this.#jit = jit;
  }

  /** No order to a machine is given after `untilMs`. Never rejects. */
  async name(process: Process, { places, tids }: Asked, untilMs: number): Promise<MadeNames> {
    const made = places.filter(isMade);
    if (made.length === 0 && process.runtime === null) return { names: new Map(), notes: [], standing: [] };
    let { map, note } = process.perfMap.read();
    const isMissing = made.some(({ lookup }) => map?.find(lookup) == null);
    if (this.#jit && process.runtime === "java" && isMissing && note === null) {
      note = await this.#order(process, untilMs);
      map = process.perfMap.read().map;
    }
    const found = made.map((place): [Place, string | null] => [place, map?.find(place.lookup) ?? null]);
    const names = new Map(found.filter((entry): entry is [Place, string] => entry[1] !== null));
    const missing = map === null ? noteWithoutMap(process, note) : [];
    const java = process.runtime === "java" && map !== null ? notesOfJava(places, names) : [];
    const python = process.runtime === "python" && map !== null ? pythonNotes([...names.values()]) : [];
    const notes = [...(note === null ? [] : [note]), ...missing, ...java, ...python];
    if (process.runtime !== "java" || notes.length === 0) return { names, notes, standing: [] };
    const dump = this.#jit && tids.length > 0 ? await this.#threads(process, untilMs) : null;
    const refused = typeof dump === "string";
    const standing = await standingOf(tids, refused ? null : dump);
    return { names, notes: refused ? [...notes, dump] : notes, standing };
  }

  /** As they stood not long ago; or why that is not known. */
  async #threads(process: Process, untilMs: number): Promise<ReadonlyMap<number, DumpedThread> | string> {
    const last = this.#dumps.get(process);
    if (last !== undefined && performance.now() - last.askedMs < AGAIN_MS) return last.threads;
    if (performance.now() > untilMs) return "Java threads: not asked for, others took too long";
    const dump = { askedMs: performance.now(), threads: readThreads(process.snapshot) };
    this.#dumps.set(process, dump);
    return dump.threads;
  }

  async #order(process: Process, untilMs: number): Promise<string | null> {
    const last = this.#orders.get(process);
    if (last !== undefined && performance.now() - last.orderedMs < AGAIN_MS) return last.refusal;
    if (performance.now() > untilMs) return "Java methods: not asked for, others took too long";
    const order: Order = { orderedMs: performance.now(), refusal: null };
    this.#orders.set(process, order);
    order.refusal = await writePerfMap(process.snapshot);
    return order.refusal;
  }
}

/** More than 8 KB may lie between, or one is built so that its frames cannot be told. */
function pythonNotes(names: readonly string[]): readonly string[] {
  if (names.some(isTrampoline)) return [];
  return ["Python functions: none was found on this stack for certain (Python 3.12 to 3.14 are read)"];
}

function noteWithoutMap({ runtime, perfMap }: Process, note: string | null): readonly string[] {
  if (runtime !== null) return [SWITCHES[runtime]];
  return note === null ? [`it runs code that it made itself, and wrote no ${perfMap.path}`] : [];
}

function notesOfJava(places: readonly Place[], names: ReadonlyMap<Place, string>): readonly string[] {
  if (!places.some(isMade)) return nativeNotes(places.map(({ mapping }) => mapping?.path ?? ""));
  return javaNotes(places.map((place) => names.get(place) ?? null));
}

/** In no file, or in one that is no ELF file: some write their code through a file in memory. */
function isMade({ mapping, loaded }: Place): boolean {
  if (mapping === undefined || mapping.path.startsWith("[v")) return false;
  return !hasFile(mapping) || (loaded?.object === null && loaded.why === null);
}
