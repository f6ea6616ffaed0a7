/**
 * What may import what (style.md), and what the pure layers must not touch. Each rule is a function from files to
 * complaints, so that the tests can show that it catches a bad sample.
 *
 *   cli → commands → source, host, recording → wire → model
 *         commands → dashboard, report, export → analysis → model;   everything may use format
 */
import { posix } from "node:path";
import { importsOf, scanSource } from "./source-text.ts";

/** Path from src/ ("model/state.ts") → text. */
export type Files = ReadonlyMap<string, string>;

/** source may use host: every access to the host goes through its port. symbols answers commands, about events. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  cli: ["commands", "format"],
  commands: [
    "source",
    "host",
    "recording",
    "wire",
    "model",
    "analysis",
    "gate",
    "symbols",
    "dashboard",
    "report",
    "export",
    "format",
  ],
  recording: ["wire", "model", "format"],
  source: ["host", "wire", "model", "format"],
  host: ["wire", "model", "format"],
  symbols: ["host", "wire", "model", "format"],
  wire: ["model", "format"],
  dashboard: ["analysis", "model", "format"],
  report: ["gate", "analysis", "model", "format"],
  gate: ["analysis", "model", "format"],
  page: ["report", "analysis", "model", "format"],
  export: ["analysis", "model", "format"],
  analysis: ["model", "format"],
  model: [],
  format: [],
};

/** Layers that see events only: no clock, process, host, locale. */
const PURE = ["model", "analysis", "gate", "format"];

/** The screen and its panels; the .d.ts tells the types of a part of blessed-contrib. */
const PAINTERS = /^dashboard\/(screen|chart|text|panels\/[\w-]+|blessed-[\w-]+\.d)\.ts$/;

/** Packages with one place to be imported in, and how many files may do so. */
const OWNED: readonly { readonly name: string; readonly where: RegExp; readonly files: number }[] = [
  { name: "execa", where: /^source\//, files: 1 },
  { name: "ndjson", where: /^source\//, files: 1 },
  { name: "blessed", where: PAINTERS, files: Number.POSITIVE_INFINITY },
  { name: "blessed-contrib", where: PAINTERS, files: Number.POSITIVE_INFINITY },
];

export function layerOf(path: string): string {
  return path.includes("/") ? (path.split("/")[0] ?? "") : path.replace(/\.d?\.?ts$/, "");
}

/** The file that a relative import names; null for packages. */
function targetOf(path: string, from: string): string | null {
  return from.startsWith(".") ? posix.normalize(posix.join(posix.dirname(path), from)) : null;
}

function edges(files: Files): readonly { path: string; from: string; target: string | null; typeOnly: boolean }[] {
  return [...files].flatMap(([path, text]) =>
    importsOf(scanSource(text)).map((found) => ({ ...found, path, target: targetOf(path, found.from) })),
  );
}

export function findWrongDirections(files: Files): readonly string[] {
  return edges(files).flatMap(({ path, from, target }) => {
    const layer = layerOf(path);
    const allowed = MAY_IMPORT[layer];
    if (allowed === undefined) return [`${path}: the layout has no layer "${layer}"`];
    if (from === "(computed)") return [`${path}: imports something that only shows when it runs`];
    if (target === null) return [];
    const into = layerOf(target);
    return into === layer || allowed.includes(into) ? [] : [`${path}: ${layer} must not import ${into} (${from})`];
  });
}

/** The pure layers take no package and nothing of Node; wire and below know no packages for programs and screens. */
export function findWrongPackages(files: Files): readonly string[] {
  const packages = edges(files).filter(({ target, from }) => target === null && from !== "(computed)");
  const pure = packages.filter(({ path }) => ["model", "format"].includes(layerOf(path)));
  const node = packages.filter(({ path, from }) => layerOf(path) === "analysis" && isBuiltin(from));
  const misplaced = OWNED.flatMap(({ name, where, files: most }) => {
    const users = [...new Set(packages.filter(({ from }) => packageOf(from) === name).map(({ path }) => path))];
    const strangers = users.filter((path) => !where.test(path));
    const owners = users.filter((path) => where.test(path));
    return owners.length > most
      ? [...strangers, ...owners].map((p) => `${p}: one of ${users.length} importers of ${name}`)
      : strangers.map((p) => `${p}: must not import ${name}`);
  });
  return [...[...pure, ...node].map(({ path, from }) => `${path}: must not import ${from}`), ...misplaced];
}

function isBuiltin(from: string): boolean {
  return from.startsWith("node:") || ["fs", "child_process", "os", "path", "process", "timers"].includes(from);
}

/** "@scope/name/part" → "@scope/name" */
function packageOf(from: string): string {
  return from.split("/", from.startsWith("@") ? 2 : 1).join("/");
}

/** The clock, the process, the outside, chance, and what depends on the machine's locale or time zone. */
const IMPURE: readonly RegExp[] = [
  /\bDate\s*\.\s*now\b/,
  /\bDate\s*\(\s*\)/,
  /\bnew\s+Date\b(?!\s*\()/,
  /\b(performance|hrtime|globalThis|console|fetch|crypto|require)\s*[.(]/,
  /\b(setTimeout|setInterval|setImmediate|queueMicrotask|structuredClone)\b/,
  /\bprocess\s*\.\s*(argv|env|exit(Code)?\b|std\w+|hrtime|nextTick|cwd|uptime|memoryUsage|cpuUsage|kill|platform|version\w*|arch|on|once|emit\w*|uptime|ppid|getuid|geteuid)\b/,
  /\bMath\s*\.\s*random\b/,
  /\.\s*toLocale\w*\s*\(\s*(undefined\b|\)|,)/,
  /\blocaleCompare\b/,
  /\bIntl\s*\.\s*\w+\s*(\(\s*(undefined\b|\)|,)|(?!\s*\())/,
  /\.\s*get(Hours|Minutes|Seconds|Date|Day|Month|FullYear|TimezoneOffset)\s*\(/,
];

export function findImpurities(files: Files): readonly string[] {
  return [...files]
    .filter(([path]) => PURE.includes(layerOf(path)))
    .flatMap(([path, text]) => complain(path, text, IMPURE));
}

/** Arguments and exit codes belong to cli.ts. */
const OF_CLI: readonly RegExp[] = [/\bprocess\s*\.\s*(argv|exit|exitCode)\b/];

export function findExits(files: Files): readonly string[] {
  return [...files].filter(([path]) => path !== "cli.ts").flatMap(([path, text]) => complain(path, text, OF_CLI));
}

function complain(path: string, text: string, rules: readonly RegExp[]): readonly string[] {
  const { code } = scanSource(text);
  return rules.flatMap((rule) => {
    const found = rule.exec(code)?.[0];
    return found === undefined ? [] : [`${path}: must not use ${found.trim()}`];
  });
}

/** Each cycle once, as the path around it. Type-only imports are gone when it runs; between layers the directions forbid them. */
export function findCycles(files: Files): readonly string[] {
  const next = new Map<string, string[]>([...files.keys()].map((path) => [path, []]));
  for (const { path, target, typeOnly } of edges(files)) {
    if (!typeOnly && target !== null && files.has(target)) next.get(path)?.push(target);
  }
  const done = new Set<string>();
  const cycles: string[] = [];
  const visit = (path: string, trail: readonly string[]): void => {
    const since = trail.indexOf(path);
    if (since >= 0) cycles.push([...trail.slice(since), path].join(" → "));
    if (since >= 0 || done.has(path)) return;
    for (const target of next.get(path) ?? []) visit(target, [...trail, path]);
    done.add(path);
  };
  for (const path of next.keys()) visit(path, []);
  return cycles;
}

/** A relative import that names no file (a misspelt one is a hole in every other rule). Of a style sheet the bundler says so. */
export function findDangling(files: Files): readonly string[] {
  return edges(files)
    .filter(({ target }) => target !== null && !target.endsWith(".css") && !files.has(target))
    .map(({ path, from }) => `${path}: there is no ${from}`);
}

export function findLongFiles(files: Files, limit: number): readonly string[] {
  return [...files]
    .map(([path, text]) => ({ path, lines: text.split("\n").length - 1 }))
    .filter(({ lines }) => lines > limit)
    .map(({ path, lines }) => `${path}: ${lines} lines, more than ${limit}`);
}
