/** The words of a stack become places: which of them are frames, and in which file each lies. */
import { believe, type Site } from "./believe.ts";
import type { FrameEnd } from "./elf/call-frames.ts";
import type { ElfObject } from "./elf/object.ts";
import { isTrampoline, TRAMPOLINE_BYTES } from "./jit/names.ts";
import { hasFile, isLibc, type Mapping } from "./maps.ts";
import type { Loaded, Objects } from "./objects.ts";
import type { Process } from "./process.ts";
import { parseAddress, type RawStack } from "./stack.ts";
import { unwind } from "./unwind.ts";

export type Place = {
  readonly address: number;
  /** Where to look it up: a return address lies behind the call that is meant, perhaps in the next function. */
  readonly lookup: number;
  readonly mapping: Mapping | undefined;
  readonly loaded: Loaded | undefined;
  /** `lookup` as the ELF's virtual address; null without an ELF file. */
  readonly virtual: number | null;
};

/** Of one stack; a probe has told fewer. */
const WORDS_MAX = 64;
/** Of those with a place (probes/sites.bt looks at every other one of 1,024). */
const PLACED_MAX = 512;

/** Its frames, innermost first, and notes on what could not be read. */
export async function locate(
  stack: RawStack,
  process: Process,
  objects: Objects,
): Promise<{ places: readonly Place[]; notes: readonly string[] }> {
  const near = addressesOf(stack.near);
  const chain = addressesOf(stack.chain);
  const ip = parseAddress(stack.ip);
  const loaded = new Map<Mapping, Loaded>();
  const words = placesOf(stack);
  for (const address of [ip, ...near, ...chain, ...words.values()]) {
    const mapping = process.mappingAt(address);
    if (mapping !== undefined && !loaded.has(mapping)) loaded.set(mapping, await objects.load(process, mapping));
  }
  const placeOf = (address: number, isReturn: boolean): Place => {
    const lookup = isReturn ? address - 1 : address;
    const mapping = process.mappingAt(lookup);
    const from = mapping && loaded.get(mapping);
    const inFile = mapping === undefined ? 0 : lookup - mapping.start + mapping.fileOffset;
    return { address, lookup, mapping, loaded: from, virtual: from?.object?.virtualAt(inFile) ?? null };
  };
  const endOf = (address: number, isReturn: boolean) => frameEnd(placeOf(address, isReturn), process);
  const exact = untilUnsure(unwind({ ip, words }, endOf), (address) => placeOf(address, true), process);
  const frames = believe({ did: stack.did, ip, near, chain, exact }, (address, isReturn) =>
    siteOf(placeOf(address, isReturn)),
  );
  const places = frames.map((address) => placeOf(address, address !== ip));
  return { places, notes: [...new Set(places.flatMap((place) => place.loaded?.why ?? []))] };
}

function addressesOf(words: readonly string[]): readonly number[] {
  return words
    .slice(0, WORDS_MAX)
    .map(parseAddress)
    .filter((address) => !Number.isNaN(address));
}

function placesOf({ words = [] }: RawStack): ReadonlyMap<number, number> {
  return new Map(words.slice(0, PLACED_MAX).map(({ at, address }) => [at, parseAddress(address)]));
}

/** Python's interpreter; from 3.14 on it keeps its frame pointer. */
const LOOP = "_PyEval_EvalFrameDefault";

/** Of what a runtime made only Python's trampolines are known. */
function frameEnd(place: Place, process: Process): FrameEnd | null {
  const { loaded, virtual } = place;
  if (loaded?.object == null || virtual === null) return isPythons(place, process) ? TRAMPOLINE_BYTES : null;
  const end = loaded.object.frameEndAt(virtual);
  return end === "kept" && process.runtime === "python" ? loaded.object.keptFrameAt(virtual, LOOP) : end;
}

function isPythons({ lookup, mapping }: Place, process: Process): boolean {
  if (mapping === undefined || hasFile(mapping)) return false;
  return isTrampoline(process.perfMap.read().map?.find(lookup) ?? null);
}

/** The end of an interpreter's frame is worked out from how it begins: it holds where the interpreter was called by a trampoline. */
function untilUnsure(
  frames: readonly number[],
  placeOf: (address: number) => Place,
  process: Process,
): readonly number[] {
  if (process.runtime !== "python") return frames;
  const isKept = ({ loaded, virtual }: Place) => virtual !== null && loaded?.object?.frameEndAt(virtual) === "kept";
  const unsure = frames.findIndex((address, i) => {
    const next = frames[i + 1];
    return next !== undefined && isKept(placeOf(address)) && !isPythons(placeOf(next), process);
  });
  return unsure < 0 ? frames : frames.slice(0, unsure + 1);
}

const NEVER = () => false;

function siteOf({ address, lookup, mapping, loaded, virtual }: Place): Site | undefined {
  if (mapping === undefined) return undefined;
  const bare = {
    address,
    libc: isLibc(mapping),
    within: null,
    behindCall: null,
    called: null,
    jumpsTo: NEVER,
    answersTo: NEVER,
  };
  const object = loaded?.object ?? null;
  if (object === null || virtual === null) return bare;
  const toProcess = lookup - virtual;
  const call = object.callBefore(virtual + (address - lookup));
  const callee = call === null ? null : object.calleeOf(call);
  const start = object.startAt(virtual);
  const names = start === null ? [] : object.namesAt(start);
  return {
    ...bare,
    within: start === null ? null : { start: start + toProcess, names },
    behindCall: call !== null,
    called: typeof callee === "number" ? callee + toProcess : callee,
    answersTo: (name) => start !== null && isOrJumpsTo(object, object.startOf(name), { start, names }),
    jumpsTo: (aim) => typeof callee === "number" && jumpsTo(object, callee, { ...aim, start: aim.start - toProcess }),
  };
}

/** One function that only hands on may hand on to another one; so far and no farther. */
const HANDED_ON_MAX = 32;

function jumpsTo(object: ElfObject, start: number, aim: NonNullable<Site["within"]>): boolean {
  const reached = new Set([start]);
  for (const code of reached) {
    for (const target of object.jumpsOf(code)) {
      if (typeof target === "string" ? aim.names.includes(target) : target === aim.start) return true;
      if (typeof target === "number") reached.add(target);
    }
    if (reached.size > HANDED_ON_MAX) return false;
  }
  return false;
}

function isOrJumpsTo(object: ElfObject, from: number | null, aim: NonNullable<Site["within"]>): boolean {
  return from !== null && (from === aim.start || jumpsTo(object, from, aim));
}
