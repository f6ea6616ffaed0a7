/** The files of one recording: one, or one after the other by size and age, of which only so many are kept. */
import { readdir, stat, unlink } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { outdated, type Rotation, rotatedMs, rotatedName } from "./names.ts";
import { type Output, openFile } from "./output.ts";

/** Where only the whole is bounded, it is made of so many files: the oldest eighth goes at a time. */
const PARTS = 8;

export type FilesOptions = {
  readonly path: string;
  /** Null: one file. */
  readonly rotation: Rotation | null;
  readonly overwrite?: boolean;
  /** The wall clock, which names files … */
  readonly nowMs: () => number;
  /** … and one that nobody sets, which tells their age. */
  readonly steadyMs?: () => number;
};

export class Files {
  readonly #options: FilesOptions;
  #openedMs = 0;

  constructor(options: FilesOptions) {
    this.#options = options;
  }

  /** The first file, the next one by rotation, or another in place of one that is gone. */
  async open(): Promise<Output> {
    const { path, rotation, overwrite = false, nowMs } = this.#options;
    this.#openedMs = this.#steadyMs();
    if (rotation === null) return openFile(path, { overwrite });
    const latestMs = await this.#tidy(rotation);
    // The names tell which is older, though two be made within a millisecond, or the clock be set back.
    for (let wallMs = Math.max(nowMs(), latestMs + 1); ; wallMs++) {
      const output = await openFile(rotatedName(path, wallMs)).catch(ifThere);
      if (output !== null) return output;
    }
  }

  /** Whether another file must be begun before so many more bytes are written. */
  isFull(output: Output, more: number): boolean {
    const { rotation } = this.#options;
    if (rotation === null || output.bytes === 0) return false;
    const bytes = partBytes(rotation);
    const tooLarge = bytes !== null && output.bytes + more > bytes;
    return tooLarge || (rotation.ageMs !== null && this.#steadyMs() - this.#openedMs >= rotation.ageMs);
  }

  #steadyMs(): number {
    return (this.#options.steadyMs ?? (() => performance.now()))();
  }

  /** Returns when the latest was begun, by its name. */
  async #tidy(rotation: Rotation): Promise<number> {
    const { path } = this.#options;
    const folder = dirname(path);
    const beginOf = (name: string) => rotatedMs(basename(path), name);
    const names = (await readdir(folder)).filter((name) => beginOf(name) !== null);
    const files = await Promise.all(
      names.map(async (name) => ({ name, bytes: (await stat(join(folder, name)).catch(() => null))?.size ?? 0 })),
    );
    for (const name of outdated(files, rotation, partBytes(rotation) ?? 0)) await unlink(join(folder, name));
    return Math.max(0, ...names.map((name) => beginOf(name) ?? 0));
  }
}

function ifThere(error: NodeJS.ErrnoException): null {
  if (error.code === "EEXIST") return null;
  throw error;
}

function partBytes({ bytes, diskBytes }: Rotation): number | null {
  return bytes ?? (diskBytes === null ? null : Math.floor(diskBytes / PARTS));
}
