/** Source positions of addresses, asked of a tool once each, many of one object at a time. */
import type { ElfObject } from "./elf/object.ts";
import { findSymbolizer, type Tool } from "./tools/find.ts";
import { askSymbolizer, type Positions } from "./tools/symbolizer.ts";

/** Whose lines: an object, and what identifies it. */
export type Wanted = { readonly key: string; readonly path: string; readonly object: ElfObject };

const KNOWN_MAX = 50_000;
/** Readable for everybody: then nobody may read it, too. */
const OTHERS_READ = 0o004;

export class Lines {
  readonly #known = new Map<string, Positions>();
  /** key → why its tool failed; it is not tried again. */
  readonly #failed = new Map<string, string>();
  readonly #tool: Promise<Tool | null>;

  constructor(tool: Promise<Tool | null> = findSymbolizer()) {
    this.#tool = tool;
  }

  /** Looks up what is not known yet. Returns why some stay unknown, or null. Never rejects. */
  async learn({ key, path, object }: Wanted, virtuals: ReadonlySet<number>): Promise<string | null> {
    const unknown = [...virtuals].filter((virtual) => !this.#known.has(`${key}+${virtual}`));
    const failed = this.#failed.get(key) ?? null;
    if (failed !== null || object.lines === null || unknown.length === 0) return failed;
    const tool = await this.#tool;
    if (tool === null)
      return "no lines: install llvm-symbolizer (llvm), eu-addr2line (elfutils) or addr2line (binutils)";
    if ((object.lines.mode & OTHERS_READ) === 0)
      return this.#fail(key, `${path} is not readable for everybody: no lines`);
    const { positions, failure } = await askSymbolizer(tool, object.lines, unknown);
    for (const [virtual, found] of positions) this.#keep(`${key}+${virtual}`, found);
    return failure === null ? null : this.#fail(key, `${path}: no lines, ${failure}`);
  }

  at(key: string, virtual: number): Positions {
    return this.#known.get(`${key}+${virtual}`) ?? [];
  }

  #keep(key: string, positions: Positions): void {
    if (this.#known.size >= KNOWN_MAX) this.#known.clear();
    this.#known.set(key, positions);
  }

  #fail(key: string, why: string): string {
    if (this.#failed.size >= KNOWN_MAX) this.#failed.clear();
    this.#failed.set(key, why);
    return why;
  }
}
