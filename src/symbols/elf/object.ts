/** One mapped ELF file with all that is known of its names: its own tables, its debug file's, its packed ones. */
import type { Bytes } from "../bytes.ts";
import type { OpenFile } from "../safe-file.ts";
import { CALL_MAX_BYTES, type Call, callBefore } from "./call.ts";
import { findDebugFile } from "./debug-file.ts";
import { type Elf, readElf, SHT_NOBITS, SHT_SYMTAB, sectionNamed } from "./elf.ts";
import { readMiniDebug } from "./mini-debug.ts";
import { codeAt, isCode, virtualAt } from "./places.ts";
import { importAt } from "./plt.ts";
import type { SymbolTable } from "./symbol-table.ts";
import { nameAt, readSymbols } from "./symbols.ts";

type Source = { readonly bytes: Bytes; readonly table: SymbolTable };
export type FoundSymbol = { readonly start: number; readonly name: string };

export class ElfObject {
  readonly #elf: Elf;
  readonly #file: OpenFile;
  readonly #sources: readonly Source[];
  /** What a symbolizer is to read; null where nothing has lines. */
  readonly lines: OpenFile | null;
  /** It has only the names that it exports. */
  readonly stripped: boolean;
  readonly #files: readonly OpenFile[];

  constructor(parts: {
    elf: Elf;
    file: OpenFile;
    sources: readonly Source[];
    debug: OpenFile | null;
    lines: OpenFile | null;
    stripped: boolean;
  }) {
    this.#elf = parts.elf;
    this.#file = parts.file;
    this.#sources = parts.sources;
    this.lines = parts.lines;
    this.stripped = parts.stripped;
    this.#files = parts.debug === null ? [parts.file] : [parts.file, parts.debug];
  }

  get symbolCount(): number {
    return this.#sources.reduce((sum, { table }) => sum + table.count, 0);
  }

  virtualAt(fileOffset: number): number | null {
    return virtualAt(this.#elf, fileOffset);
  }

  /** The function that covers an address. */
  symbolAt(virtual: number): FoundSymbol | null {
    for (const { bytes, table } of this.#sources) {
      const found = table.find(virtual);
      const name = found === null ? null : nameAt(bytes, found.name);
      if (found !== null && name !== null) return { start: found.start, name };
    }
    return null;
  }

  /** What the function that begins here is called. */
  namesAt(start: number): readonly string[] {
    return this.#sources
      .flatMap(({ bytes, table }) => table.namesAt(start).map((at) => nameAt(bytes, at)))
      .filter((name) => name !== null);
  }

  /** Null: no call, or one to no code of ours. */
  callBefore(virtual: number): Call | null {
    const before = codeAt(this.#elf, this.#file, virtual - CALL_MAX_BYTES, CALL_MAX_BYTES);
    const call = before.length < CALL_MAX_BYTES ? null : callBefore(this.#elf.machine, before, virtual);
    return call === null || call.target === null || isCode(this.#elf, call.target) ? call : null;
  }

  importAt(stub: number): string | null {
    return importAt(this.#elf, this.#file, stub);
  }

  close(): void {
    for (const file of this.#files) file.close();
  }
}

/** Takes the file over. Null, and the file closed, where it is no ELF file. Never rejects. */
export async function openObject(file: OpenFile, path: string, roots: readonly string[]): Promise<ElfObject | null> {
  let debug: OpenFile | null = null;
  try {
    const elf = readElf(file);
    if (elf === null) throw new Error("no ELF file");
    const own = { elf, bytes: file };
    const found = isWhole(elf) ? null : findDebugFile(elf, file, path, roots);
    debug = found?.file ?? null;
    const mini = hasSymtab(elf) || found !== null ? null : await readMiniDebug(elf, file);
    // The debug file first: its table holds the local functions, too.
    const all = [
      ...(found === null ? [] : [{ elf: found.elf, bytes: found.file }]),
      own,
      ...(mini === null ? [] : [mini]),
    ];
    return new ElfObject({
      elf,
      file,
      debug,
      sources: all.map((part) => ({ bytes: part.bytes, table: readSymbols(part.elf, part.bytes) })),
      lines: found !== null && hasLines(found.elf) ? found.file : hasLines(elf) ? file : null,
      stripped: !all.some((part) => part === mini || hasSymtab(part.elf)),
    });
  } catch {
    file.close();
    debug?.close();
    return null;
  }
}

function isWhole(elf: Elf): boolean {
  return hasSymtab(elf) && hasLines(elf);
}

function hasSymtab(elf: Elf): boolean {
  return elf.sections.some(({ type }) => type === SHT_SYMTAB);
}

function hasLines(elf: Elf): boolean {
  const section = sectionNamed(elf, ".debug_line") ?? sectionNamed(elf, ".zdebug_line");
  return section !== undefined && section.type !== SHT_NOBITS;
}
