/** What runtimes call their code in a perf map, taken apart. */
import { cut, type Frame } from "../stack.ts";

type Name = Pick<Frame, "function" | "file" | "line">;

/** "LazyCompile:*handler /app/server.js:10:5": kind, tier (~ interpreted, ^ + baseline, * optimised), name, place. */
const NODE = /^(?:\w+):[~^+*]*(\S*) (?:file:\/\/)?(.+):(\d+):(\d+)$/;
/** "py::handler:/app/app.py" */
const PYTHON = /^py::([^:]*):(.+)$/;

export function parseJitName(text: string): Name {
  const node = NODE.exec(text);
  if (node !== null) {
    const [, name = "", file = "", line] = node;
    return { function: name === "" ? "(anonymous)" : cut(name), file: cut(file), line: Number(line) };
  }
  const python = PYTHON.exec(text);
  if (python !== null) return { function: cut(python[1] ?? ""), file: cut(python[2] ?? ""), line: null };
  return { function: cut(text), file: null, line: null };
}
