/** The files of one recording: one, or one after the other by size and age, of which only so many are kept. */
import { readdir, stat, unlink } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { isRotated, outdated, type Rotation, rotatedName } from "./names.ts";
import { type Output, openFile } from "./output.ts";

/** Where only the whole is bounded, it is made of so many files: the oldest eighth goes at a time. */
const PARTS = 8;

export type FilesOptions = {
  readonly path: string;
  /** Null: one file. */
  readonly rotation: Rotation | null;
  readonly overwrite?: boolean;
  readonly nowMs: () => number;
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
    this.#openedMs = nowMs();
    if (rotation === null) return openFile(path, { overwrite });
    await this.#tidy(rotation);
    // Two within a millisecond get names in their order.
    for (let later = 0; ; later++) {
      const output = await openFile(rotatedName(path, this.#openedMs + later)).catch(ifThere);
      if (output !== null) return output;
    }
  }

  /** Whether another file must be begun before so many more bytes are written. */
  isFull(output: Output, more: number): boolean {
    const { rotation, nowMs } = this.#options;
    if (rotation === null || output.bytes === 0) return false;
    const bytes = partBytes(rotation);
    const tooLarge = bytes !== null && output.bytes + more > bytes;
    return tooLarge || (rotation.ageMs !== null && nowMs() - this.#openedMs >= rotation.ageMs);
  }

  async #tidy(rotation: Rotation): Promise<void> {
    const { path } = this.#options;
    const folder = dirname(path);
    const names = (await readdir(folder)).filter((name) => isRotated(basename(path), name));
    const files = await Promise.all(
      names.map(async (name) => ({ name, bytes: (await stat(join(folder, name)).catch(() => null))?.size ?? 0 })),
    );
    for (const name of outdated(files, rotation, partBytes(rotation) ?? 0)) await unlink(join(folder, name));
  }
}

function ifThere(error: NodeJS.ErrnoException): null {
  if (error.code === "EEXIST") return null;
  throw error;
}

function partBytes({ bytes, diskBytes }: Rotation): number | null {
  return bytes ?? (diskBytes === null ? null : Math.floor(diskBytes / PARTS));
}
