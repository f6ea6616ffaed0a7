/** Which tools this machine has. llvm-symbolizer is the fastest with much debug information, addr2line names least. */
import { localHost } from "../../host/local.ts";

const SYMBOLIZERS = ["llvm-symbolizer", "eu-addr2line", "addr2line"] as const;
const DEMANGLERS = ["c++filt", "llvm-cxxfilt"];

export type Tool = { readonly kind: (typeof SYMBOLIZERS)[number]; readonly path: string };

export async function findSymbolizer(): Promise<Tool | null> {
  for (const kind of SYMBOLIZERS) {
    const path = await localHost.which(kind);
    if (path !== null) return { kind, path };
  }
  return null;
}

export async function findDemangler(): Promise<string | null> {
  for (const name of DEMANGLERS) {
    const path = await localHost.which(name);
    if (path !== null) return path;
  }
  return null;
}
