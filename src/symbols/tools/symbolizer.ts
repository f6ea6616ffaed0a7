/** Lines and inlined functions, by a tool that is here: addresses of one object in, source positions out. */
import type { OpenFile } from "../safe-file.ts";
import { CONFINED_FILE, runConfined } from "./confined.ts";
import type { Tool } from "./find.ts";

export type Position = {
  readonly function: string | null;
  readonly file: string;
  readonly line: number | null;
};

/** Innermost first: inlined functions, then the one they are inlined into. Empty where nothing is known. */
export type Positions = readonly Position[];

export type Answered = {
  readonly positions: ReadonlyMap<number, Positions>;
  /** Why some are missing, in words for a note. */
  readonly failure: string | null;
};

/** Of one run. Their arguments stay far below the kernel's limit. */
const ADDRESSES_MAX = 500;
/** Beside the file itself, which it maps. */
const MEMORY_BYTES = 2 * 1024 ** 3;

/** Never rejects. `addresses` are virtual ones of the ELF. */
export async function askSymbolizer(tool: Tool, file: OpenFile, addresses: readonly number[]): Promise<Answered> {
  const positions = new Map<number, Positions>();
  for (let at = 0; at < addresses.length; at += ADDRESSES_MAX) {
    const asked = addresses.slice(at, at + ADDRESSES_MAX);
    const memoryBytes = MEMORY_BYTES + file.size;
    const { stdout, failure } = await runConfined({ argv: argvOf(tool, asked), fd: file.fd, memoryBytes });
    for (const [address, found] of parsePositions(stdout.toString("utf8"), tool.kind)) positions.set(address, found);
    if (failure !== null) return { positions, failure: `${tool.kind} ${failure}` };
  }
  return { positions, failure: null };
}

function argvOf({ kind, path }: Tool, addresses: readonly number[]): readonly string[] {
  const style = kind === "llvm-symbolizer" ? ["--output-style=GNU"] : [];
  return [path, ...style, "-a", "-f", "-i", "-C", "-e", CONFINED_FILE, ...addresses.map((a) => `0x${a.toString(16)}`)];
}

/**
 *     0x000000000000119a            the address (-a)
 *     inner                         function and position, from the innermost inlined one outwards (-f -i);
 *     /src/t.cpp:4                  eu-addr2line: "inner inlined at /src/t.cpp:5:51 in take", "/src/t.cpp:4:117"
 *     shop::Box<int>::take(int)
 *     /src/t.cpp:5 (discriminator 2)
 */
export function parsePositions(text: string, kind: Tool["kind"]): ReadonlyMap<number, Positions> {
  const found = new Map<number, Position[]>();
  let positions: Position[] = [];
  let name: string | null = null;
  for (const line of text.split("\n")) {
    if (name === null && /^0x[0-9a-f]+$/.test(line)) {
      positions = [];
      found.set(Number(line), positions);
    } else if (name === null) name = line;
    else {
      const position = parsePosition(line, name);
      if (position !== null) positions.push(position);
      name = null;
    }
  }
  if (kind === "addr2line") for (const [address, all] of found) found.set(address, withoutBorrowedName(all));
  return found;
}

function parsePosition(line: string, name: string): Position | null {
  const [, file = "??", number = "0"] = /^(.*?):(\d+|\?)(?::\d+)?(?: \(discriminator \d+\))?$/.exec(line) ?? [];
  if (file === "??" || file === "") return null;
  const own = name.replace(/ inlined at .*$/, "");
  return { function: own === "??" || own === "" ? null : own, file, line: Number(number) || null };
}

/** binutils (2.40) calls the innermost inlined function by the symbol of the function around it. */
function withoutBorrowedName(positions: Position[]): Position[] {
  const [innermost, ...outer] = positions;
  return innermost === undefined || outer.length === 0 ? positions : [{ ...innermost, function: null }, ...outer];
}
