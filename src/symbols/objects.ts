/**
 * The ELF files that were looked at, each read once: a few, and not for long, since what we hold open cannot be unmounted.
 * The key is what the file system says and not the build id, which whoever made the file could have copied from another.
 */
import { type ElfObject, openObject } from "./elf/object.ts";
import type { Mapping } from "./maps.ts";
import type { OpenOutcome, Process } from "./process.ts";
import type { Identity } from "./safe-file.ts";

const OBJECTS_MAX = 32;
/** All objects together: about 40 bytes each. */
const SYMBOLS_MAX = 8_000_000;
const IDLE_MS = 60_000;

export type Loaded = {
  /** Null: no ELF file, or none that may be read. */
  readonly object: ElfObject | null;
  /** The same for the same file in whatever process. */
  readonly key: string;
  readonly why: string | null;
};

type Held = { readonly object: ElfObject | null; usedMs: number };

export class Objects {
  readonly #held = new Map<string, Held>();

  /** Never rejects. */
  async load(process: Process, mapping: Mapping): Promise<Loaded> {
    const known = process.identityOf(mapping);
    const held = known === undefined ? undefined : this.#use(keyOf(known));
    if (held !== undefined) return { object: held.object, key: keyOf(known as Identity), why: null };
    return this.#open(process.open(mapping), process, mapping);
  }

  async #open({ file, why }: OpenOutcome, process: Process, mapping: Mapping): Promise<Loaded> {
    if (file === null) return { object: null, key: "", why };
    const key = keyOf(file.identity);
    const held = this.#use(key);
    if (held !== undefined) {
      file.close();
      return { object: held.object, key, why: null };
    }
    const object = await openObject(file, mapping.path, process.roots);
    this.#held.set(key, { object, usedMs: performance.now() });
    return { object, key, why: null };
  }

  #use(key: string): Held | undefined {
    const held = this.#held.get(key);
    if (held === undefined) return undefined;
    held.usedMs = performance.now();
    this.#held.delete(key); // the last used comes last
    this.#held.set(key, held);
    return held;
  }

  /** Between two batches, never in one: whoever holds an object may go on using it until then. */
  sweep(): void {
    const longAgo = performance.now() - IDLE_MS;
    let symbols = [...this.#held.values()].reduce((sum, { object }) => sum + (object?.symbolCount ?? 0), 0);
    for (const [key, { object, usedMs }] of this.#held) {
      const isTooMany = this.#held.size > OBJECTS_MAX || symbols > SYMBOLS_MAX;
      if (usedMs > longAgo && !isTooMany) continue;
      symbols -= object?.symbolCount ?? 0;
      object?.close();
      this.#held.delete(key);
    }
  }
}

function keyOf({ dev, ino, size, mtimeMs, ctimeMs }: Identity): string {
  return `${dev}:${ino}:${size}:${mtimeMs}:${ctimeMs}`;
}
