/**
 * Rust's legacy names are C++ names with escapes (rustc_symbol_mangling, legacy.rs), and both of its manglings carry
 * hashes that tell two versions of a crate apart. Not every tool decodes them.
 */

const ESCAPES: Readonly<Record<string, string>> = {
  LT: "<",
  GT: ">",
  LP: "(",
  RP: ")",
  C: ",",
  BP: "*",
  RF: "&",
  SP: "@",
};
const HASH = /::h[0-9a-f]{16}$/;
const DISAMBIGUATOR = /\[[0-9a-f]{12,16}\]/g;

/** A demangled name as it stands in the source; one that is not Rust's stays as it is. */
export function readableRust(name: string): string {
  if (!HASH.test(name)) return name.replace(DISAMBIGUATOR, "");
  const bare = name.replace(HASH, "");
  if (!bare.includes("$")) return bare;
  return bare
    .replace(/(^|::)_\$/g, "$1$")
    .replaceAll("..", "::")
    .replace(/\$(?:([A-Z]{1,2})|u([0-9a-f]{1,5}))\$/g, (whole, symbol, code) => {
      return code === undefined ? (ESCAPES[symbol] ?? whole) : String.fromCodePoint(Number.parseInt(code, 16));
    });
}
