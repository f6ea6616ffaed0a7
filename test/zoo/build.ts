/** How each language of the zoo is built and run. Built once per test process, into a folder that goes with it. */
import { execFile } from "node:child_process";
import { accessSync, constants, mkdirSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { promisify } from "node:util";
import type { Language, Program } from "./program.ts";

const zoo = import.meta.dirname;
const TOOLS: Readonly<Record<Language, readonly string[]>> = {
  c: ["gcc"],
  python: ["python3"],
  node: [],
  java: ["javac", "java"],
  rust: ["rustc"],
};

/** "cannot build: no javac", or null: it can. */
export function whyNotBuild(program: Program): string | null {
  const missing = TOOLS[program.language].find((tool) => !isInPath(tool));
  if (missing === undefined) return null;
  return missing.startsWith("python") || missing === "java"
    ? `cannot run: no ${missing}`
    : `cannot build: no ${missing}`;
}

function isInPath(tool: string): boolean {
  return (process.env.PATH ?? "").split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, tool), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

/** Null for a language that is not built. All Java classes are one build. */
export function buildArgv({ language, source }: Program, into: string): readonly string[] | null {
  const from = join(zoo, language);
  if (language === "c") {
    const flags = ["-std=gnu11", "-O1", "-g", "-fno-omit-frame-pointer", "-Wall", "-Wextra", "-Werror", "-pthread"];
    return ["gcc", ...flags, join(from, `${source}.c`), "-o", join(into, source)];
  }
  if (language === "rust")
    return ["rustc", "--edition=2021", "-g", "-Adead_code", "-o", join(into, source), join(from, `${source}.rs`)];
  if (language !== "java") return null;
  const classes = readdirSync(from).filter((file) => file.endsWith(".java"));
  return ["javac", "-g", "-d", into, ...classes.map((file) => join(from, file))];
}

export function runArgv({ language, source }: Program, built: string): readonly string[] {
  const from = join(zoo, language);
  if (language === "python") return ["python3", "-B", join(from, `${source}.py`)];
  if (language === "node") return [process.execPath, join(from, `${source}.mjs`)];
  if (language === "java") return ["java", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-cp", built, source];
  return [join(built, source)];
}

let root: string | undefined;
const builds = new Map<string, Promise<unknown>>();

/** Resolves to the folder that `runArgv` takes ("" where nothing is built). */
export async function build(program: Program): Promise<string> {
  const why = whyNotBuild(program);
  if (why !== null) throw new Error(`${program.name}: ${why}`);
  if (program.language === "python" || program.language === "node") return "";
  // A guest emulates its CPU: what the host has built is not built again there.
  const built = process.env.SOCKLEAK_ZOO_BUILT;
  if (built !== undefined) return join(built, program.language);
  const into = join(rootFolder(), program.language);
  const argv = buildArgv(program, into) ?? [];
  const key = argv.join("\0");
  if (!builds.has(key)) {
    mkdirSync(into, { recursive: true });
    builds.set(key, promisify(execFile)(argv[0] ?? "", argv.slice(1), { timeout: 60_000 }));
  }
  await builds.get(key);
  return into;
}

function rootFolder(): string {
  if (root === undefined) {
    const made = mkdtempSync(join(tmpdir(), "sockleak-zoo-"));
    process.once("exit", () => rmSync(made, { recursive: true, force: true }));
    root = made;
  }
  return root;
}
