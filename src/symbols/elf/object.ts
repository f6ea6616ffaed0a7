/** One mapped ELF file with all that is known of its names: its own tables, its debug file's, its packed ones. */
import type { Bytes } from "../bytes.ts";
import type { OpenFile } from "../safe-file.ts";
import { CALL_MAX_BYTES, type Call, callBefore } from "./call.ts";
import { type FrameEnd, frameEndAt } from "./call-frames.ts";
import { findDebugFile } from "./debug-file.ts";
import { type Elf, readElf, SHT_NOBITS, SHT_SYMTAB, sectionNamed } from "./elf.ts";
import { type GoPlace, type GoTable, readGoTable } from "./go-table.ts";
import { branchesOut, jumpsOut } from "./jumps.ts";
import { BEGINNING_BYTES, keptFrameBytes } from "./kept-frame.ts";
import { readMiniDebug } from "./mini-debug.ts";
import { codeAt, isCode, virtualAt } from "./places.ts";
import { calleeOf, readSlots, type Slots } from "./plt.ts";
import type { SymbolTable } from "./symbol-table.ts";
import { nameAt, readSymbols } from "./symbols.ts";
import { extentAt } from "./unwind-table.ts";

/** libc has 3,000, a large library ten times as many. */
const NAMED_MAX = 50_000;
const JUMPS_MAX = 64;
/** Of a function whose end is not known. */
const UNKNOWN_BYTES = 1024;

type Source = { readonly bytes: Bytes; readonly table: SymbolTable };
export type FoundSymbol = { readonly start: number; readonly name: string };

export class ElfObject {
  readonly #elf: Elf;
  readonly #file: OpenFile;
  readonly #sources: readonly Source[];
  /** Go's own, which no stripping takes. */
  readonly #go: GoTable | null;
  #slots: Slots | undefined;
  #starts: ReadonlyMap<string, number> | undefined;
  readonly #parts = new Map<number, ReadonlySet<number>>();
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
    this.#go = parts.stripped ? readGoTable(parts.elf, parts.file) : null;
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
    return this.#go?.find(virtual) ?? null;
  }

  /** Of a place for which no symbolizer is needed. */
  placeAt(virtual: number): GoPlace | null {
    return this.#go?.placeAt(virtual) ?? null;
  }

  /** Where the function begins that covers an address, also where it has no name. */
  startAt(virtual: number): number | null {
    return this.symbolAt(virtual)?.start ?? extentAt(this.#elf, this.#file, virtual)?.start ?? null;
  }

  /** What the function that begins here is called. */
  namesAt(start: number): readonly string[] {
    const go = this.#go?.find(start);
    return this.#sources
      .flatMap(({ bytes, table }) => table.namesAt(start).map((at) => nameAt(bytes, at)))
      .concat(go?.start === start ? [go.name] : [])
      .filter((name) => name !== null);
  }

  /** Where the function of a name begins; null for an unknown one, and in files with too many names to look through. */
  startOf(name: string): number | null {
    this.#starts ??= this.symbolCount > NAMED_MAX ? new Map() : new Map(this.#sources.flatMap(startsOf));
    return this.#starts.get(name) ?? null;
  }

  /** Of the function that covers an address; null where that is not told. */
  frameEndAt(virtual: number): FrameEnd | null {
    return frameEndAt(this.#elf, this.#file, virtual);
  }

  /** Bytes from the stack pointer to behind the return address, at a call by the function of this name; null: not in it, or not told. */
  keptFrameAt(virtual: number, name: string): number | null {
    const start = this.startOf(name);
    const extent = start === null ? null : extentAt(this.#elf, this.#file, virtual);
    if (start === null || extent === null || this.frameEndAt(virtual) !== "kept") return null;
    if (extent.start !== start && !this.#partsOf(start).has(extent.start)) return null;
    return keptFrameBytes(codeAt(this.#elf, this.#file, start, BEGINNING_BYTES));
  }

  /** Compilers put what is seldom run elsewhere: a function jumps there with its frame still set up, as nobody else would. */
  #partsOf(start: number): ReadonlySet<number> {
    const known = this.#parts.get(start);
    if (known !== undefined) return known;
    const end = extentAt(this.#elf, this.#file, start)?.end ?? start;
    const targets = branchesOut(this.#elf, this.#file, start, end).slice(0, JUMPS_MAX);
    const kept = targets.filter((target) => this.frameEndAt(target) === "kept");
    const parts = new Set(kept.flatMap((target) => extentAt(this.#elf, this.#file, target)?.start ?? []));
    this.#parts.set(start, parts);
    return parts;
  }

  /** Null: no call, or one to no code of ours. */
  callBefore(virtual: number): Call | null {
    const before = codeAt(this.#elf, this.#file, virtual - CALL_MAX_BYTES, CALL_MAX_BYTES);
    const call = before.length < CALL_MAX_BYTES ? null : callBefore(this.#elf.machine, before, virtual);
    return call !== null && typeof call === "object" && "target" in call && !isCode(this.#elf, call.target)
      ? null
      : call;
  }

  /** What a call leads to: an address of this file, the name of something elsewhere, or unknown. */
  calleeOf(call: Call): number | string | null {
    this.#slots ??= readSlots(this.#elf, this.#file);
    return calleeOf({ elf: this.#elf, bytes: this.#file, slots: this.#slots }, call);
  }

  /** Where the function that begins here may go on to without coming back. */
  jumpsOf(start: number): readonly (number | string)[] {
    const extent = extentAt(this.#elf, this.#file, start);
    const end = extent?.start === start ? extent.end : start + UNKNOWN_BYTES;
    const jumps = jumpsOut(this.#elf, this.#file, start, end).slice(0, JUMPS_MAX);
    return jumps.map((jump) => this.calleeOf(jump)).filter((callee) => callee !== null);
  }

  close(): void {
    for (const file of this.#files) file.close();
  }
}

function startsOf({ bytes, table }: Source): readonly (readonly [string, number])[] {
  return table.all().flatMap(({ name, start }) => {
    const text = nameAt(bytes, name);
    return text === null ? [] : [[text, start] as const];
  });
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
