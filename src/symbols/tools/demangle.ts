/** C++ and Rust names as their programmers wrote them. */
import { runConfined } from "./confined.ts";
import { findDemangler } from "./find.ts";

/** Itanium C++ ABI (Rust's legacy names, too) and Rust's v0 (RFC 2603). Nothing else is given to the tool. */
const MANGLED = /^(_Z|_R)[\w$.]+$/;
/** GCC's and LLVM's copies and parts of a function. */
const CLONE = /(\.(isra|part|constprop|cold|lto_priv|llvm|localalias)(\.\d+)*)+$/;

let demangler: Promise<string | null> | undefined;

/** Mangled → readable, of those that could be read; the others are left out. Never rejects. */
export async function demangle(names: readonly string[]): Promise<ReadonlyMap<string, string>> {
  demangler ??= findDemangler();
  const path = await demangler;
  const mangled = [...new Set(names)].filter((name) => MANGLED.test(name));
  if (path === null || mangled.length === 0) return new Map();
  const input = Buffer.from(`${mangled.map(withoutClone).join("\n")}\n`);
  const { stdout, failure } = await runConfined({ argv: [path], input });
  const lines = stdout.toString("utf8").split("\n");
  if (failure !== null || lines.length !== mangled.length + 1) return new Map();
  const readable = mangled.map((name, i): [string, string] => [name, tidy(name, lines[i] ?? "")]);
  return new Map(readable.filter(([name, plain]) => plain !== "" && plain !== withoutClone(name)));
}

export function isMangled(name: string): boolean {
  return MANGLED.test(name);
}

/** "handle.isra.0" is compiled from `handle`. */
export function withoutClone(name: string): string {
  return name.replace(CLONE, "");
}

/** Without the hashes that tell two versions of a crate apart. */
function tidy(mangled: string, name: string): string {
  return mangled.startsWith("_R") ? name.replace(/\[[0-9a-f]{1,16}\]/g, "") : name.replace(/::h[0-9a-f]{16}$/, "");
}
