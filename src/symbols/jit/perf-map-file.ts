/**
 * Reads a process's perf map, which lies where the process may put anything: only a regular file of the process's own
 * user, within bounds. Read again from where it was left when it has grown.
 */
import type { OpenFile } from "../safe-file.ts";
import { openBeneath, Refused } from "../safe-file.ts";
import type { Snapshot } from "../snapshot.ts";
import { PerfMap } from "./perf-map.ts";

const MAP_MAX_BYTES = 64 * 1024 * 1024;
const CHUNK_BYTES = 1024 * 1024;

/** `note` says why a map that is there was not read. Both null: there is none. */
export type MapOutcome = { readonly map: PerfMap | null; readonly note: string | null };

export class PerfMapFile {
  readonly #root: string;
  readonly #path: string;
  readonly #uid: number;
  #read: { map: PerfMap; dev: number; ino: number; bytes: number } | null = null;

  constructor({ base, ownPid, uid }: Snapshot) {
    this.#root = `${base}/root`;
    this.#path = `/tmp/perf-${ownPid}.map`;
    this.#uid = uid;
  }

  /** As it is now; as it was last, when the process is gone. Never throws. */
  read(): MapOutcome {
    let file: OpenFile | null = null;
    try {
      file = openBeneath(this.#root, this.#path);
      const refusal = this.#refusalOf(file);
      if (refusal !== null) return { map: null, note: `${this.#path} ${refusal}: not read` };
      return { map: this.#readOn(file), note: null };
    } catch (error) {
      if (error instanceof Refused) return { map: null, note: `${this.#path} ${error.message}: not read` };
      return { map: this.#read?.map ?? null, note: null };
    } finally {
      file?.close();
    }
  }

  #refusalOf({ uid, size }: OpenFile): string | null {
    if (uid !== this.#uid) return `belongs to uid ${uid} and not to the process's uid ${this.#uid}`;
    return size > MAP_MAX_BYTES ? `is larger than ${MAP_MAX_BYTES / 1024 ** 2} MB` : null;
  }

  #readOn(file: OpenFile): PerfMap {
    const { dev, ino } = file.identity;
    const last = this.#read;
    const isSame = last !== null && last.dev === dev && last.ino === ino && last.bytes <= file.size;
    const read = isSame ? last : { map: new PerfMap(), dev, ino, bytes: 0 };
    while (read.bytes < file.size) {
      const piece = file.read(read.bytes, Math.min(CHUNK_BYTES, file.size - read.bytes));
      if (piece.length === 0) break;
      read.map.append(piece);
      read.bytes += piece.length;
    }
    this.#read = read;
    return read.map;
  }
}
