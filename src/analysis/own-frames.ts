/**
 * Of a code path the frames that are the program's own: who is to blame is seldom the runtime that it runs on.
 *
 *   uv__writev < node::StreamBase::… < handleWriteReq < Writable.write < handleUpload < emit < … < main      own: handleUpload
 */
import type { Frame } from "../model/site.ts";

/** Programs and libraries that run others' code, by the name of their file. */
const RUNTIMES =
  /^(?:node|nodejs|java|lib(?:jvm|jli|net|nio|java|extnet)\.so|python3(?:\.\d+)?|libpython3.*|_socket\..*\.so)$/;
/** Functions of standard libraries: Java's and Go's packages, Rust's and C++'s crates and namespaces. Legacy Rust begins with "<". */
const STANDARD =
  /^(?:(?:java|javax|jdk|sun|com\.sun)\.|(?:runtime(?:\/[\w/]+)?|net|syscall|io|bufio|os|sync|context|crypto|internal|net\/\w+|internal\/[\w/]+|crypto\/\w+)\.|<?(?:std|core|alloc)::)/;
/** What a Java machine makes beside methods (CodeCache::write_perf_map of JDK 17). */
const JAVA_MACHINE = /^(?:Interpreter|StubRoutines \(\d+\)|I2C\/C2I adapters|[\w ]+ Runtime1 stub)$/;
/** What a C library and a compiler put around main(). */
const AROUND_MAIN = new Set([
  "_start",
  "__libc_start_main",
  "__libc_start_call_main",
  "__libc_start_main_impl",
  "start_thread",
  "clone3",
]);

/** All of them, where none is its own. */
export function ownFrames(frames: readonly Frame[]): readonly Frame[] {
  const own = frames.filter((frame) => !isRuntime(frame));
  return own.length > 0 ? own : frames;
}

function isRuntime({ function: name, file, object }: Frame): boolean {
  if (file?.startsWith("node:")) return true;
  if (name !== null && (STANDARD.test(name) || AROUND_MAIN.has(name))) return true;
  if (object === null) return name !== null && file === null && JAVA_MACHINE.test(name);
  return RUNTIMES.test(object.split("/").at(-1) ?? "");
}
