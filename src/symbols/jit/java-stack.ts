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
const CALLERS_MISSING = "Java methods: callers are missing: start it with JAVA_TOOL_OPTIONS=-XX:+PreserveFramePointer";

/** Innermost first; null: no code of the machine's making. */
export function javaNotes(names: readonly (string | null)[]): readonly string[] {
  return [
    ...(names.includes(INTERPRETER)
      ? ["Java methods: interpreted ones have no names; compiled is what runs often"]
      : []),
    ...(hasHole(names) ? [CALLERS_MISSING] : []),
  ];
}

/** Of a stack without any code of the machine's making. Its own threads have the machine itself on theirs; others it calls for Java. */
export function nativeNotes(objects: readonly string[]): readonly string[] {
  return objects.some((path) => path.endsWith("/libjvm.so")) ? [] : [CALLERS_MISSING];
}

function hasHole(names: readonly (string | null)[]): boolean {
  const last = names.findLastIndex((name) => name !== null);
  const name = names[last];
  return name != null && last < names.length - 1 && !name.startsWith(ENTRY);
}
