/** What runtimes call their code in a perf map, taken apart. */
import { cut, type Frame } from "../stack.ts";

type Name = Pick<Frame, "function" | "file" | "line">;

/**
 * "LazyCompile:*handler /app/server.js:10:5": kind, tier (~ interpreted, ^ + baseline, * optimised), name, place. A name
 * may be empty, or hold a blank ("get size"); a file begins with a slash or a scheme, or holds none.
 */
const NODE = /^\w+:[~^+*]*(.*?) ?(?:file:\/\/)?((?:\/|\w+:).*|\S+):(\d+):\d+$/;
/** "py::handler:/app/app.py" */
const PYTHON = /^py::([^:]*):(.+)$/;
/** "java.net.Socket shop.Client.dial(java.net.InetAddress, int)": what it returns, its class and name, what it takes. */
const JAVA = /^[\w.$[\]]+ ([\w.$/]+\.[\w$<>]+)\(([^()]*)\)$/;

/**
 * Python calls each function through a copy of a few instructions of its own, which its map names (CPython 3.12 to 3.14,
 * Python/asm_trampoline.S): they put 8 bytes on the stack (since 3.14 the frame pointer) and call.
 */
export const TRAMPOLINE_BYTES = 16;

export function isTrampoline(name: string | null): boolean {
  return name?.startsWith("py::") ?? false;
}

export function parseJitName(text: string): Name {
  const node = NODE.exec(text);
  if (node !== null) {
    const [, name = "", file = "", line] = node;
    return { function: name === "" ? "(anonymous)" : cut(name), file: cut(file), line: Number(line) };
  }
  const python = PYTHON.exec(text);
  if (python !== null) return { function: cut(python[1] ?? ""), file: cut(python[2] ?? ""), line: null };
  const java = JAVA.exec(text);
  const name = java === null ? text : `${java[1]}(${withoutPackages(java[2] ?? "")})`;
  return { function: cut(name), file: null, line: null };
}

/** "java.net.InetAddress, int" → "InetAddress, int": enough to tell methods of one name apart. */
function withoutPackages(types: string): string {
  return types.replaceAll(/[\w$]+\./g, "");
}
