/** The worker's work: stacks in, names out. Stacks that wait together are looked up together, each object once. */
import { framesAt } from "./frames.ts";
import { MadeCode } from "./jit/made-code.ts";
import { Lines, type Wanted } from "./lines.ts";
import { locate, type Place } from "./locate.ts";
import { Objects } from "./objects.ts";
import type { Process } from "./process.ts";
import { Processes } from "./processes.ts";
import type { Snapshot } from "./snapshot.ts";
import type { Named, RawStack } from "./stack.ts";
import { demangle } from "./tools/demangle.ts";
import type { Positions } from "./tools/symbolizer.ts";

/** For all stacks of one batch: after it nothing more is opened and no tool is asked. */
const BATCH_MS = 25_000;

type Located = {
  readonly process: Process;
  readonly places: readonly Place[];
  readonly notes: Set<string>;
  readonly tids: readonly number[];
};

export class Resolver {
  readonly #objects = new Objects();
  readonly #lines = new Lines();
  readonly #processes = new Processes();
  readonly #made: MadeCode;

  constructor(options: { readonly jit: boolean }) {
    this.#made = new MadeCode(options.jit);
  }

  see(snapshot: Snapshot): void {
    this.#processes.see(snapshot);
  }

  /** Never rejects; in the order of the stacks. */
  async name(stacks: readonly RawStack[]): Promise<readonly Named[]> {
    const untilMs = performance.now() + BATCH_MS;
    this.#objects.begin(untilMs);
    const located: Located[] = [];
    for (const stack of stacks) located.push(await this.#locate(stack));
    await this.#learnLines(located, untilMs);
    const readable = await demangle(located.flatMap(({ places }) => places.flatMap((place) => symbolOf(place) ?? [])));
    const named: Named[] = [];
    for (const one of located) named.push(await this.#name(one, readable, untilMs));
    this.#objects.end();
    return named;
  }

  async #locate(stack: RawStack): Promise<Located> {
    const process = await this.#processes.of(stack);
    const { places, notes } = await locate(stack, process, this.#objects);
    return { process, places, notes: new Set(notes), tids: stack.tids ?? [] };
  }

  async #learnLines(located: readonly Located[], untilMs: number): Promise<void> {
    for (const { virtuals, askers, ...object } of wantedOf(located)) {
      const isLate = performance.now() > untilMs;
      const why = isLate ? `${object.path}: no lines, others took too long` : await this.#lines.learn(object, virtuals);
      if (why !== null) for (const { notes } of askers) notes.add(why);
    }
  }

  async #name({ process, places, notes, tids }: Located, readable: Readable, untilMs: number): Promise<Named> {
    const made = await this.#made.name(process, { places, tids }, untilMs);
    const frames = places.flatMap((place) => {
      const { loaded, virtual } = place;
      const asked = virtual === null || loaded === undefined ? [] : this.#lines.at(loaded.key, virtual);
      const positions = asked.length > 0 ? asked : ownPosition(place);
      return framesAt(place, { symbol: symbolOf(place), positions, jit: made.names.get(place) ?? null, readable });
    });
    const all = [...made.notes, ...notes, ...places.flatMap((place) => notesOn(place, process))];
    if (process.snapshot.mappings.length === 0) all.push("the process had ended before its memory map was read");
    const { standing } = made;
    return { frames, notes: [...new Set(all)], ...(standing.length > 0 && { standing }) };
  }
}

/** Mangled → readable. */
type Readable = ReadonlyMap<string, string>;
type Asked = Wanted & { readonly virtuals: Set<number>; readonly askers: Set<Located> };

/** Of each object all addresses that anybody asks for. */
function wantedOf(located: readonly Located[]): Iterable<Asked> {
  const wanted = new Map<string, Asked>();
  for (const one of located) {
    for (const { loaded, mapping, virtual } of one.places) {
      if (loaded?.object == null || mapping === undefined || virtual === null) continue;
      const { key, object } = loaded;
      const asked = wanted.get(key) ?? { key, object, path: mapping.path, virtuals: new Set(), askers: new Set() };
      asked.virtuals.add(virtual);
      asked.askers.add(one);
      wanted.set(key, asked);
    }
  }
  return wanted.values();
}

function symbolOf({ loaded, virtual }: Place): string | null {
  return virtual === null ? null : (loaded?.object?.symbolAt(virtual)?.name ?? null);
}

/** What the file itself tells. */
function ownPosition(place: Place): Positions {
  const told = place.virtual === null ? null : (place.loaded?.object?.placeAt(place.virtual) ?? null);
  return told === null ? [] : [{ function: symbolOf(place), ...told }];
}

function notesOn(place: Place, { snapshot }: Process): readonly string[] {
  const { mapping, loaded, virtual } = place;
  const object = loaded?.object;
  if (mapping === undefined || object == null || virtual === null) return [];
  const { path, deleted } = mapping;
  const notes = deleted ? [`${path} has been deleted or replaced since it was loaded: read as it was loaded`] : [];
  if (object.stripped && symbolOf(place) === null)
    notes.push(`${path} has no symbols: its debug package, or a build that is not stripped, names its functions`);
  else if (
    path === snapshot.exe.replace(/ \(deleted\)$/, "") &&
    object.lines === null &&
    object.placeAt(virtual) === null
  )
    notes.push(`${path} has no debug information: its debug package, or a build with -g, tells lines`);
  return notes;
}
