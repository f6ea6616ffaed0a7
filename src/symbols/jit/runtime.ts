/** Which runtime a process is, and the switch that makes its functions readable. */
import { posix } from "node:path";
import type { Snapshot } from "../snapshot.ts";

export type Runtime = "node" | "java" | "python" | "dotnet";

const PROGRAMS: readonly (readonly [RegExp, Runtime])[] = [
  [/^(node|nodejs)$/, "node"],
  [/^python\d+(\.\d+)*[a-z]*$/, "python"],
];
const LIBRARIES: readonly (readonly [RegExp, Runtime])[] = [
  [/^libjvm\.so$/, "java"],
  [/^libcoreclr\.so$/, "dotnet"],
  [/^libpython\d+(\.\d+)*[a-z]*\.so/, "python"],
  [/^libnode\.so/, "node"],
];

export function runtimeOf({ exe, mappings }: Pick<Snapshot, "exe" | "mappings">): Runtime | null {
  const program = posix.basename(exe.replace(/ \(deleted\)$/, ""));
  const byProgram = PROGRAMS.find(([name]) => name.test(program));
  if (byProgram !== undefined) return byProgram[1];
  const libraries = new Set(mappings.map(({ path }) => posix.basename(path)));
  return LIBRARIES.find(([name]) => [...libraries].some((library) => name.test(library)))?.[1] ?? null;
}

/** For a process whose perf map is not there. */
export const SWITCHES: Readonly<Record<Runtime, string>> = {
  node: 'JavaScript functions: start it with NODE_OPTIONS="--perf-basic-prof --interpreted-frames-native-stack"',
  java: "Java methods: start it with JAVA_TOOL_OPTIONS=-XX:+PreserveFramePointer and run sockleak with --jit (JDK 17 or newer)",
  python: "Python functions: start it with PYTHONPERFSUPPORT=1 (Python 3.12 or newer)",
  dotnet: ".NET methods: start it with DOTNET_PerfMapEnabled=1",
};
