/** Folders that go with the test; file systems too, for tests that fill one. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after } from "node:test";

export function folder(): string {
  const made = mkdtempSync(join(tmpdir(), "sockleak-recording-"));
  after(() => rmSync(made, { recursive: true, force: true }));
  return made;
}

/** A file system of its own of so many kilobytes, or null where we may not mount one. */
export function smallDisk(kilobytes: number): string | null {
  if (process.getuid?.() !== 0) return null;
  const made = mkdtempSync(join(tmpdir(), "sockleak-disk-"));
  execFileSync("mount", ["-t", "tmpfs", "-o", `size=${kilobytes}k`, "tmpfs", made]);
  after(() => {
    execFileSync("umount", [made]);
    rmSync(made, { recursive: true });
  });
  return made;
}
