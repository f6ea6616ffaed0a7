/** The words of a stack become places: which of them are frames, and in which file each lies. */
import { believe, type Site } from "./believe.ts";
import type { ElfObject } from "./elf/object.ts";
import { isLibc, type Mapping } from "./maps.ts";
import type { Loaded, Objects } from "./objects.ts";
import type { Process } from "./process.ts";
import { parseAddress, type RawStack } from "./stack.ts";

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
  for (const address of [ip, ...near, ...chain]) {
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
  const frames = believe({ ip, near, chain }, (address, isReturn) => siteOf(placeOf(address, isReturn)));
  const places = frames.map((address) => placeOf(address, address !== ip));
  return { places, notes: [...new Set(places.flatMap((place) => place.loaded?.why ?? []))] };
}

function addressesOf(words: readonly string[]): readonly number[] {
  return words
    .slice(0, WORDS_MAX)
    .map(parseAddress)
    .filter((address) => !Number.isNaN(address));
}

function siteOf({ address, lookup, mapping, loaded, virtual }: Place): Site | undefined {
  if (mapping === undefined) return undefined;
  const libc = isLibc(mapping);
  const object = loaded?.object ?? null;
  if (object === null || virtual === null) return { address, libc, within: null, behindCall: null, called: null };
  const toProcess = lookup - virtual;
  const call = object.callBefore(virtual + (address - lookup));
  return {
    address,
    libc,
    within: withinOf(object, virtual, toProcess),
    behindCall: call !== null,
    called: call?.target == null ? null : (object.importAt(call.target) ?? call.target + toProcess),
  };
}

function withinOf(object: ElfObject, virtual: number, toProcess: number): Site["within"] {
  const symbol = object.symbolAt(virtual);
  return symbol === null ? null : { start: symbol.start + toProcess, names: object.namesAt(symbol.start) };
}
