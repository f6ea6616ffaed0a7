/**
 * One process's code in the worker: which file lies behind an address, opened; and what its runtime says of the code that
 * it made itself.
 */
import { PerfMapFile } from "./jit/perf-map-file.ts";
import { type Runtime, runtimeOf } from "./jit/runtime.ts";
import { hasFile, type Mapping, mappingAt } from "./maps.ts";
import { type Identity, type OpenFile, openBeneath, openMapped, openRegular } from "./safe-file.ts";
import type { Snapshot } from "./snapshot.ts";

/** A file, or why there is none: in words for a note. */
export type OpenOutcome = { readonly file: OpenFile | null; readonly why: string | null };

export class Process {
  readonly snapshot: Snapshot;
  readonly runtime: Runtime | null;
  readonly perfMap: PerfMapFile;

  constructor(snapshot: Snapshot) {
    this.snapshot = snapshot;
    this.runtime = runtimeOf(snapshot);
    this.perfMap = new PerfMapFile(snapshot);
  }

  mappingAt(address: number): Mapping | undefined {
    return mappingAt(this.snapshot.mappings, address);
  }

  /** Where its files are looked for: its own root, and ours, where a debug package may lie that its image has not. */
  get roots(): readonly string[] {
    return this.snapshot.sharesMounts ? ["/"] : [`${this.snapshot.base}/root`, "/"];
  }

  /** What identified the mapped file when the process was first seen; undefined if it could not be told. */
  identityOf(mapping: Mapping): Identity | undefined {
    return this.snapshot.identities.get(mapping.link);
  }

  /** Never throws. */
  open(mapping: Mapping): OpenOutcome {
    if (!hasFile(mapping)) return { file: null, why: null };
    const known = this.identityOf(mapping);
    const mapped = this.#openMapped(mapping);
    if (mapped !== null && isSame(mapped.identity, known ?? mapped.identity)) return { file: mapped, why: null };
    mapped?.close();
    // What was not identified in time could have been written to since.
    const named = mapped !== null || mapping.deleted || known === undefined ? null : this.#openByPath(mapping);
    if (named !== null && isSame(named.identity, known)) return { file: named, why: null };
    named?.close();
    if (mapped === null && named === null)
      return { file: null, why: `${mapping.path} cannot be read any more: deleted, or gone with its process` };
    return { file: null, why: `${mapping.path} has been changed since it was loaded: its names may be wrong` };
  }

  #openMapped({ link }: Mapping): OpenFile | null {
    return orNull(() => openMapped(`${this.snapshot.base}/map_files/${link}`));
  }

  /** After its end, or without the right to map_files. */
  #openByPath({ path }: Mapping): OpenFile | null {
    const { base, sharesMounts } = this.snapshot;
    return orNull(() => openBeneath(`${base}/root`, path)) ?? (sharesMounts ? orNull(() => openRegular(path)) : null);
  }
}

function orNull(open: () => OpenFile): OpenFile | null {
  try {
    return open();
  } catch {
    return null;
  }
}

function isSame(now: Identity, then: Identity | undefined): boolean {
  return now.ino === then?.ino && now.size === then.size && now.mtimeMs === then.mtimeMs;
}
