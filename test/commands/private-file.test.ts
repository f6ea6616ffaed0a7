/** What is written is its owner's alone; a device stays everybody's. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { writePrivately } from "../../src/commands/private-file.ts";
import { openFile } from "../../src/recording/output.ts";

const dir = mkdtempSync(join(tmpdir(), "sockleak-private-"));
after(() => rmSync(dir, { recursive: true }));
const rightsOf = (path: string) => statSync(path).mode & 0o777;

test("a new file, and one that others could read", () => {
  const path = join(dir, "report");
  writePrivately(path, "one");
  assert.equal(rightsOf(path), 0o600);
  chmodSync(path, 0o644);
  writePrivately(path, "two");
  assert.deepEqual([rightsOf(path), readFileSync(path, "utf8")], [0o600, "two"]);
});

test("what cannot be written is said", () => {
  assert.throws(() => writePrivately(join(dir, "none", "report"), ""), /ENOENT/);
});

test("a FIFO and a device keep their rights", async (t) => {
  const fifo = join(dir, "fifo");
  execFileSync("mkfifo", ["-m", "644", fifo]);
  execFileSync("sh", ["-c", 'cat "$1" >"$2" &', "sh", fifo, join(dir, "read")], { stdio: "ignore" });
  writePrivately(fifo, "told");
  assert.equal(rightsOf(fifo), 0o644);
  if (process.getuid?.() !== 0) return t.skip("making a device needs root");
  const device = join(dir, "null"); // a copy of our own
  execFileSync("mknod", ["-m", "666", device, "c", "1", "3"]);
  writePrivately(device, "gone");
  await (await openFile(device, { overwrite: true })).close();
  assert.equal(rightsOf(device), 0o666);
});
