/** Files that a hostile process has prepared: none is followed, waited for, or taken for another. */
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { openBeneath, openMapped, openRegular } from "../../src/symbols/safe-file.ts";
import { folder, run } from "./start.ts";

const root = mkdtempSync(join(folder, "root-"));
mkdirSync(join(root, "tmp/deep"), { recursive: true });
mkdirSync(join(root, "outside"));
writeFileSync(join(root, "tmp/file"), "inside");
writeFileSync(join(root, "outside/file"), "outside");
symlinkSync(join(root, "outside"), join(root, "tmp/away"));
symlinkSync("file", join(root, "tmp/link"));
await run("mkfifo", [join(root, "tmp/fifo")]);

function textOf(open: () => ReturnType<typeof openRegular>): string {
  const file = open();
  try {
    return file.read(0, 100).toString();
  } finally {
    file.close();
  }
}

test("a file beneath a root", () => {
  assert.equal(
    textOf(() => openBeneath(root, "/tmp/file")),
    "inside",
  );
  assert.equal(
    textOf(() => openBeneath(root, "/tmp/./file")),
    "inside",
  );
  assert.equal(
    textOf(() => openBeneath("/proc/self/root", join(root, "tmp/file"))),
    "inside",
  );
});

const REFUSED: Readonly<Record<string, RegExp>> = {
  "/tmp/link": /symbolic link/,
  "/tmp/fifo": /FIFO/,
  "/tmp/deep": /no regular file/,
  "/tmp/away/file": /ENOTDIR/,
  "/tmp/deep/../file": /no path of a file/,
  "/tmp/..": /no path of a file/,
  "/": /no path of a file/,
  "/tmp/none": /ENOENT/,
};

for (const [path, why] of Object.entries(REFUSED)) {
  test(`refused: ${path}`, { timeout: 10_000 }, () => {
    assert.throws(() => openBeneath(root, path), why);
  });
}

test("a device is not even opened", () => {
  assert.throws(() => openMapped("/dev/zero"), /no regular file/);
  assert.throws(() => openRegular("/dev/null"), /no regular file/);
});
