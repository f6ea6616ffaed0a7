/** Where the loads run: a network namespace and a folder of the bench's own, gone with it. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { output } from "./child.ts";

const FLAGS = ["-std=gnu11", "-O2", "-g", "-Wall", "-Wextra", "-Werror", "-pthread"];
const PROGRAMS = ["churn", "hold", "count"] as const;

export type Place = {
  readonly folder: string;
  /** The argv that runs another in the namespace. No `ip netns exec`: it mounts /sys anew. */
  readonly inside: (argv: readonly string[]) => readonly string[];
  /** The path of one of c/. */
  readonly program: (name: (typeof PROGRAMS)[number]) => string;
};

export async function makePlace(): Promise<Place> {
  const name = `sockleak-bench-${process.pid}`;
  const folder = mkdtempSync(join(tmpdir(), "sockleak-bench-"));
  process.once("exit", () => {
    rmSync(folder, { recursive: true, force: true });
    execFileSync("ip", ["netns", "del", name]);
  });
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.once(signal, () => process.exit(1));
  const inside = (argv: readonly string[]) => ["nsenter", `--net=/run/netns/${name}`, "--", ...argv];
  await output(["ip", "netns", "add", name]);
  await output(inside(["ip", "link", "set", "lo", "up"]));
  for (const program of PROGRAMS) {
    await output(["gcc", ...FLAGS, join(import.meta.dirname, "c", `${program}.c`), "-o", join(folder, program)]);
  }
  return { folder, inside, program: (program) => join(folder, program) };
}
