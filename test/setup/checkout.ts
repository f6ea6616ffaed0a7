/**
 * A checkout in a directory of its own, with the real scripts and a package that needs no network: one dependency in a
 * folder, a build that copies a file, and a cli that prints its arguments.
 */
import { execFileSync } from "node:child_process";
import {
  chmodSync,
  copyFileSync,
  lchownSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { RunResult } from "../../src/host/port.ts";
import { run } from "../../src/host/run.ts";

const scripts = join(dirname(fileURLToPath(import.meta.url)), "../../scripts");

const PACKAGE = {
  name: "fixture",
  version: "1.0.0",
  type: "module",
  scripts: {
    start: "sh scripts/start.sh",
    build: "mkdir -p dist && cp src/cli.js dist/cli.js && chmod +x dist/cli.js",
  },
  dependencies: { piece: "file:piece" },
};

export type Checkout = { readonly path: string; readonly remove: () => void };

export function makeCheckout({ owner }: { owner: number }): Checkout {
  const path = mkdtempSync(join(tmpdir(), "sockleak-checkout-"));
  for (const directory of ["scripts", "src", "piece"]) mkdirSync(join(path, directory));
  for (const name of readdirSync(scripts)) copyFileSync(join(scripts, name), join(path, "scripts", name));
  const write = (name: string, text: string) => writeFileSync(join(path, name), text);
  write("package.json", JSON.stringify(PACKAGE));
  write("piece/package.json", JSON.stringify({ name: "piece", version: "1.0.0" }));
  write("src/cli.js", "console.log(JSON.stringify(process.argv.slice(2)));");
  execFileSync("npm", ["install", "--package-lock-only", "--offline", "--silent"], { cwd: path, stdio: "ignore" });
  chmodSync(path, 0o755);
  giveTo(path, owner);
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}

function giveTo(path: string, owner: number): void {
  lchownSync(path, owner, owner);
  for (const name of readdirSync(path, { recursive: true })) lchownSync(join(path, String(name)), owner, owner);
}

/** What belongs to root below a directory, node_modules included. */
export async function ownedByRoot(path: string): Promise<readonly string[]> {
  const { stdout } = await run(["find", path, "-uid", "0"]);
  return stdout.split("\n").filter(Boolean);
}

export type Place = {
  readonly env?: Readonly<Record<string, string>>;
  /** In front of the script: setpriv, unshare … */
  readonly through?: readonly string[];
};

/** Standard output is a pipe: not a terminal. */
export function runScript(
  checkout: Checkout,
  script: readonly string[],
  { env = {}, through = [] }: Place = {},
): Promise<RunResult> {
  const [name = "", ...rest] = script;
  const variables = Object.entries({ SUDO_UID: "", SUDO_GID: "", ...env }).map(([key, value]) => `${key}=${value}`);
  const argv = ["env", ...variables, ...through, "sh", join(checkout.path, "scripts", name), ...rest];
  return run(argv, { timeoutMs: 120_000 });
}

/** A PATH with everything that this one has, less some programs, plus some scripts in their place. */
export function makePath({
  without = [],
  scripts: own = {},
}: {
  without?: readonly string[];
  scripts?: Readonly<Record<string, string>>;
}): Checkout {
  const path = mkdtempSync(join(tmpdir(), "sockleak-path-"));
  const hidden = new Set([...without, ...Object.keys(own)]);
  const seen = new Set<string>();
  for (const program of installed()) {
    const name = basename(program);
    if (hidden.has(name) || seen.has(name)) continue;
    seen.add(name);
    symlinkSync(program, join(path, name));
  }
  for (const [name, text] of Object.entries(own))
    writeFileSync(join(path, name), `#!/bin/sh\n${text}\n`, { mode: 0o755 });
  chmodSync(path, 0o755);
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}

function installed(): readonly string[] {
  const directories = [dirname(process.execPath), ...(process.env.PATH ?? "").split(":")];
  return directories.flatMap((directory) => {
    try {
      return readdirSync(directory).map((name) => join(directory, name));
    } catch {
      return [];
    }
  });
}
