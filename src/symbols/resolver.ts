/** The worker's work: stacks in, names out. Stacks that wait together are looked up together, each object once. */
import { framesAt } from "./frames.ts";
import { writePerfMap } from "./jit/jcmd.ts";
import { SWITCHES } from "./jit/runtime.ts";
import { Lines, type Wanted } from "./lines.ts";
import { locate, type Place } from "./locate.ts";
import { hasFile } from "./maps.ts";
import { Objects } from "./objects.ts";
import { Process } from "./process.ts";
import { readSnapshot, readStartTicks, type Snapshot } from "./snapshot.ts";
import type { Frame, Named, RawStack } from "./stack.ts";
import { demangle } from "./tools/demangle.ts";

const PROCESSES_MAX = 256;
/** Between two looks at the memory map of a process whose addresses are not in it. */
const AGAIN_MS = 1_000;
/** Between two orders to a Java machine to write its map. */
const JCMD_AGAIN_MS = 30_000;

type Known = { process: Process; readMs: number; orderedMs: number; refusal: string | null };
type Located = { readonly process: Process; readonly places: readonly Place[]; readonly notes: Set<string> };

export class Resolver {
  readonly #jit: boolean;
  readonly #objects = new Objects();
  readonly #lines = new Lines();
  readonly #processes = new Map<number, Known>();

  constructor(options: { readonly jit: boolean }) {
    this.#jit = options.jit;
  }

  see(snapshot: Snapshot): void {
    const { pid, startTicks, exe } = snapshot;
    const known = this.#processes.get(pid)?.process.snapshot;
    // What was mapped first is what the first stacks ran through; another program behind the same number is another one.
    if (known !== undefined && known.startTicks === startTicks && known.exe === exe) return;
    this.#keep(snapshot);
  }

  /** Never rejects; in the order of the stacks. */
  async name(stacks: readonly RawStack[]): Promise<readonly Named[]> {
    const located: Located[] = [];
    for (const stack of stacks) located.push(await this.#locate(stack));
    await this.#learnLines(located);
    const readable = await demangle(located.flatMap(({ places }) => places.flatMap((place) => symbolOf(place) ?? [])));
    const named: Named[] = [];
    for (const one of located) named.push(await this.#frames(one, readable));
    this.#objects.sweep();
    return named;
  }

  async #locate(stack: RawStack): Promise<Located> {
    const process = await this.#processOf(stack);
    const { places, notes } = await locate(stack, process, this.#objects);
    return { process, places, notes: new Set(notes) };
  }

  /** As it was seen; looked at again where it has mapped more since. */
  async #processOf({ pid, ip, near, chain }: RawStack): Promise<Process> {
    const known = this.#processes.get(pid);
    if (known === undefined) return this.#keep((await readSnapshot(pid)) ?? nothingOf(pid)).process;
    const isNew = [ip, ...near, ...chain].some((word) => !known.process.mappingAt(Number.parseInt(word, 16)));
    if (!isNew || performance.now() - known.readMs < AGAIN_MS) return known.process;
    known.readMs = performance.now();
    const { startTicks } = known.process.snapshot;
    const again = (await readStartTicks(pid).catch(() => -1)) === startTicks ? await readSnapshot(pid) : null;
    return again === null ? known.process : this.#keep(again).process;
  }

  #keep(snapshot: Snapshot): Known {
    const known: Known = {
      process: new Process(snapshot),
      readMs: performance.now(),
      orderedMs: Number.NEGATIVE_INFINITY,
      refusal: null,
    };
    this.#processes.delete(snapshot.pid);
    this.#processes.set(snapshot.pid, known);
    const [oldest] = this.#processes.keys();
    if (this.#processes.size > PROCESSES_MAX && oldest !== undefined) this.#processes.delete(oldest);
    return known;
  }

  async #learnLines(located: readonly Located[]): Promise<void> {
    const wanted = new Map<string, Wanted & { virtuals: Set<number>; askers: Set<Located> }>();
    for (const one of located) {
      for (const { loaded, mapping, virtual } of one.places) {
        if (loaded?.object == null || mapping === undefined || virtual === null) continue;
        const { key, object } = loaded;
        const entry = wanted.get(key) ?? { key, object, path: mapping.path, virtuals: new Set(), askers: new Set() };
        entry.virtuals.add(virtual);
        entry.askers.add(one);
        wanted.set(key, entry);
      }
    }
    for (const { virtuals, askers, ...object } of wanted.values()) {
      const why = await this.#lines.learn(object, virtuals);
      if (why !== null) for (const { notes } of askers) notes.add(why);
    }
  }

  async #frames({ process, places, notes }: Located, readable: ReadonlyMap<string, string>): Promise<Named> {
    const jit = await this.#jitNames(process, places, notes);
    const frames = places.flatMap((place): readonly Frame[] => {
      const { loaded, virtual } = place;
      const positions = virtual === null || loaded === undefined ? [] : this.#lines.at(loaded.key, virtual);
      return framesAt(place, { symbol: symbolOf(place), positions, jit: jit.get(place) ?? null, readable });
    });
    for (const place of places) noteOn(place, process, notes);
    if (process.snapshot.mappings.length === 0) notes.add("the process had ended before its memory map was read");
    return { frames, notes: [...notes] };
  }

  /** Of what lies in no ELF file: the runtime's own map. */
  async #jitNames(process: Process, places: readonly Place[], notes: Set<string>): Promise<ReadonlyMap<Place, string>> {
    const made = places.filter(isMade);
    if (made.length === 0 && process.runtime === null) return new Map();
    let { map, note } = process.perfMap.read();
    const isMissing = made.some(({ lookup }) => map?.find(lookup) == null);
    if (this.#jit && process.runtime === "java" && isMissing && note === null) {
      note = await this.#orderMap(process);
      map = process.perfMap.read().map;
    }
    if (note !== null) notes.add(note);
    if (map === null && process.runtime !== null) notes.add(SWITCHES[process.runtime]);
    const names = made.map((place): [Place, string | null] => [place, map?.find(place.lookup) ?? null]);
    return new Map(names.filter((entry): entry is [Place, string] => entry[1] !== null));
  }

  async #orderMap(process: Process): Promise<string | null> {
    const known = this.#processes.get(process.snapshot.pid);
    if (known === undefined || performance.now() - known.orderedMs < JCMD_AGAIN_MS) return known?.refusal ?? null;
    known.orderedMs = performance.now();
    known.refusal = await writePerfMap(process.snapshot);
    return known.refusal;
  }
}

/** Made while it runs: in no file, or in one that is no ELF file (some write their code through a file in memory). */
function isMade({ mapping, loaded }: Place): boolean {
  if (mapping === undefined || mapping.path.startsWith("[v")) return false;
  return !hasFile(mapping) || (loaded?.object === null && loaded.why === null);
}

function symbolOf({ loaded, virtual }: Place): string | null {
  return virtual === null ? null : (loaded?.object?.symbolAt(virtual)?.name ?? null);
}

function noteOn(place: Place, process: Process, notes: Set<string>): void {
  const { mapping, loaded, virtual } = place;
  const object = loaded?.object;
  if (mapping === undefined || object == null || virtual === null) return;
  if (mapping.deleted)
    notes.add(`${mapping.path} has been deleted or replaced since it was loaded: read as it was loaded`);
  const isMain = mapping.path === process.snapshot.exe.replace(/ \(deleted\)$/, "");
  if (object.stripped && symbolOf(place) === null)
    notes.add(
      `${mapping.path} has no symbols: its debug package, or a build that is not stripped, names its functions`,
    );
  else if (isMain && object.lines === null)
    notes.add(`${mapping.path} has no debug information: its debug package, or a build with -g, tells lines`);
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
