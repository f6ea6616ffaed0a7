/** A folder on a disk that fails when it is told to (failing-disk.py); it goes with the test. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, rmdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { after } from "node:test";

type FailingDisk = {
  readonly folder: string;
  /** What fails from now on: write(2), fsync(2), or nothing. */
  readonly let: (fails: "write" | "sync" | "work") => Promise<void>;
};

/** Null where nobody may mount one. */
export async function failingDisk(): Promise<FailingDisk | null> {
  if (process.getuid?.() !== 0 || !existsSync("/dev/fuse")) return null;
  const folder = mkdtempSync(join(tmpdir(), "sockleak-failing-disk-"));
  const program = join(import.meta.dirname, "failing-disk.py");
  const child = spawn("python3", [program, folder], { stdio: ["pipe", "pipe", "inherit"] });
  after(async () => {
    child.stdin.end();
    await once(child, "close");
    rmdirSync(folder);
  });
  const lines = createInterface({ input: child.stdout });
  await once(lines, "line");
  return {
    folder,
    let: async (fails) => {
      child.stdin.write(`${fails}\n`);
      await once(lines, "line");
    },
  };
}
