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
    const file = this.#openMapped(mapping) ?? this.#openByPath(mapping);
    if (file === null) return { file: null, why: `${mapping.path} is gone, and the process with it` };
    if (hasChanged(file.identity, this.identityOf(mapping))) {
      file.close();
      return { file: null, why: `${mapping.path} has been changed since it was loaded: its names may be wrong` };
    }
    return { file, why: null };
  }

  #openMapped({ link }: Mapping): OpenFile | null {
    try {
      return openMapped(`${this.snapshot.base}/map_files/${link}`);
    } catch {
      return null;
    }
  }

  /** After its end (or without the right to map_files): only the very file that was mapped. */
  #openByPath(mapping: Mapping): OpenFile | null {
    const { base, sharesMounts } = this.snapshot;
    if (mapping.deleted) return null;
    for (const open of [
      () => openBeneath(`${base}/root`, mapping.path),
      ...(sharesMounts ? [() => openRegular(mapping.path)] : []),
    ]) {
      try {
        const file = open();
        if (file.identity.ino === mapping.inode) return file;
        file.close();
      } catch {
        // The next way, or none.
      }
    }
    return null;
  }
}

function hasChanged(now: Identity, then: Identity | undefined): boolean {
  return then !== undefined && (now.ino !== then.ino || now.size !== then.size || now.mtimeMs !== then.mtimeMs);
}
