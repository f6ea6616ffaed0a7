/** A place becomes frames: more than one where functions are inlined there. */
import { parseJitName } from "./jit/names.ts";
import type { Place } from "./locate.ts";
import { cut, type Frame } from "./stack.ts";
import { isMangled, withoutClone } from "./tools/demangle.ts";
import type { Positions } from "./tools/symbolizer.ts";

export type Known = {
  /** The symbol that covers the place, as the file has it. */
  readonly symbol: string | null;
  readonly positions: Positions;
  /** What the runtime's map says. */
  readonly jit: string | null;
  /** Mangled → readable. */
  readonly readable: ReadonlyMap<string, string>;
};

/** Innermost first. */
export function framesAt(place: Place, known: Known): readonly Frame[] {
  const bare = bareFrame(place);
  if (known.jit !== null) return [{ ...bare, object: null, offset: null, ...parseJitName(known.jit) }];
  const outer = known.positions.at(-1);
  const name = functionOf(known, outer?.function ?? null);
  if (outer === undefined) return [{ ...bare, function: name }];
  const inlined = known.positions.slice(0, -1).map((position): Frame => {
    return { ...bare, function: shown(position.function), ...lineOf(position), inlined: true };
  });
  return [...inlined, { ...bare, function: name, ...lineOf(outer) }];
}

/** What is certain without any name. */
export function bareFrame({ address, mapping, virtual }: Place): Frame {
  const object = mapping?.path ? cut(mapping.path) : null;
  return { address: address.toString(16), function: null, file: null, line: null, object, offset: virtual };
}

/** The symbol's name; where it is mangled and no tool could read it, the one that the debug information has. */
function functionOf({ symbol, readable }: Known, described: string | null): string | null {
  if (symbol === null) return shown(described);
  const name = readable.get(symbol);
  return shown(name ?? (isMangled(symbol) && described !== null ? described : withoutClone(symbol)));
}

function shown(name: string | null): string | null {
  return name === null ? null : cut(name);
}

function lineOf({ file, line }: Positions[number]): Pick<Frame, "file" | "line"> {
  return { file: cut(file), line };
}
