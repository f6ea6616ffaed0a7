/** A file of TypeScript seen as text: what it imports and what its code says, with comments and strings told apart. */

/** A template with `${…}` in it is code again inside the braces: the stack holds how deep they are nested. */
type Scan = { readonly text: string; at: number; code: string; readonly strings: string[]; readonly braces: number[] };

export type SourceText = {
  /** Without comments; each string, template part and regular expression is a numbered hole: "§12§". */
  readonly code: string;
  /** The contents of the holes. */
  readonly strings: readonly string[];
};

export function scanSource(text: string): SourceText {
  const scan: Scan = { text, at: 0, code: "", strings: [], braces: [] };
  while (scan.at < text.length) step(scan);
  return { code: scan.code, strings: scan.strings };
}

function step(scan: Scan): void {
  const rest = scan.text.slice(scan.at, scan.at + 2);
  const char = rest.charAt(0);
  if (rest === "//") skip(scan, /\n|$/g, 0);
  else if (rest === "/*") skip(scan, /\*\/|$/g, 2);
  else if (char === '"' || char === "'") hole(scan, QUOTED[char], 1);
  else if (char === "/" && startsRegExp(scan.code)) hole(scan, /(?:[^\\/[\n]|\\.|\[(?:[^\\\]\n]|\\.)*\])*/y, 1);
  else if (char === "`") template(scan);
  else if (char === "}" && scan.braces.at(-1) === 0) {
    scan.braces.pop();
    template(scan);
  } else keep(scan, char);
}

const QUOTED = { '"': /(?:[^\\"]|\\[\s\S])*/y, "'": /(?:[^\\']|\\[\s\S])*/y };

function keep(scan: Scan, char: string): void {
  countBraces(scan, char);
  scan.code += char;
  scan.at++;
}

function countBraces({ braces }: Scan, char: string): void {
  if (braces.length === 0 || (char !== "{" && char !== "}")) return;
  braces.push((braces.pop() ?? 0) + (char === "{" ? 1 : -1));
}

function skip(scan: Scan, end: RegExp, endLength: number): void {
  end.lastIndex = scan.at + 2;
  scan.at = (end.exec(scan.text)?.index ?? scan.text.length) + endLength;
  scan.code += " ";
}

/** Replaces what lies between two delimiters by its number. */
function hole(scan: Scan, content: RegExp, delimiter: number): void {
  content.lastIndex = scan.at + delimiter;
  const found = content.exec(scan.text)?.[0] ?? "";
  scan.code += `§${scan.strings.length}§`;
  scan.strings.push(found);
  scan.at += found.length + 2 * delimiter;
}

/** From a backtick, or from the brace that ends an expression, to the next backtick or `${`. */
function template(scan: Scan): void {
  hole(scan, /(?:[^\\`$]|\\[\s\S]|\$(?!\{))*/y, 1);
  if (scan.text.charAt(scan.at - 1) !== "$") return;
  scan.at++; // the brace of ${
  scan.braces.push(0);
}

/** A slash divides after a value and begins a regular expression elsewhere. */
function startsRegExp(before: string): boolean {
  return /(^|[=(,:[!&|?{};+\-*%<>~^]|\b(return|typeof|case|in|of|throw))\s*$/.test(before);
}

export type Import = { readonly from: string; readonly typeOnly: boolean };

const STATIC = /\b(?:import|export)\s+(type\s)?[^;§=()]*?\bfrom\s*§(\d+)§/g;
const BARE = /\bimport\s*§(\d+)§/g;
const CALL = /\b(?:import|require)\s*\(\s*(?:§(\d+)§)?/g;

/** Static, type-only, re-exporting and dynamic imports. A computed one shows as "(computed)". */
export function importsOf({ code, strings }: SourceText): readonly Import[] {
  const from = (index: string | undefined) => (index === undefined ? "(computed)" : (strings[Number(index)] ?? ""));
  return [
    ...[...code.matchAll(STATIC)].map((found) => ({ from: from(found[2]), typeOnly: found[1] !== undefined })),
    ...[...code.matchAll(BARE)].map((found) => ({ from: from(found[1]), typeOnly: false })),
    ...[...code.matchAll(CALL)].map((found) => ({ from: from(found[1]), typeOnly: false })),
  ];
}
