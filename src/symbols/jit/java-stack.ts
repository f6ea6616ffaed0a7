/**
 * What a Java stack does not tell, by its shape. The machine calls Java through a stub that keeps a frame pointer, and interprets with
 * one; what it compiled keeps one only if told to (-XX:+PreserveFramePointer).
 *
 *   connect0 < Net.connect < Paths.dial < Paths.main < StubRoutines < JavaCalls::call_helper     whole
 *   connect0 < Net.connect                                          < JavaCalls::call_helper     a hole where the callers were
 *   connect0                                                                                     nothing but a hole
 */

/** As HotSpot calls what it makes in a perf map (CodeCache::write_perf_map of JDK 17). */
const INTERPRETER = "Interpreter";
const ENTRY = "StubRoutines";

/** Innermost first; null: no code of the machine's making. */
export function javaNotes(names: readonly (string | null)[]): readonly string[] {
  return [
    ...(names.includes(INTERPRETER)
      ? ["Java methods: interpreted ones have no names; compiled is what runs often"]
      : []),
    ...(hasHole(names)
      ? ["Java methods: callers are missing: start it with JAVA_TOOL_OPTIONS=-XX:+PreserveFramePointer"]
      : []),
  ];
}

function hasHole(names: readonly (string | null)[]): boolean {
  const last = names.findLastIndex((name) => name !== null);
  const name = names[last];
  // Native code opens sockets for Java alone.
  if (name == null) return true;
  return last < names.length - 1 && !name.startsWith(ENTRY);
}
